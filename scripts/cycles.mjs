/**
 * Finds import cycles (Tarjan's strongly connected components), each as one closed path: `[a, b, a]`.
 *
 * @param {Map<string, string[]>} graph from a file to the files it imports
 * @returns {string[][]}
 */
export function cyclesIn(graph) {
  const state = new Map();
  const stack = [];
  const cycles = [];
  let counter = 0;

  const visit = (node) => {
    const own = { index: counter, low: counter, onStack: true };
    counter += 1;
    state.set(node, own);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      const seen = state.get(next);
      if (seen === undefined) own.low = Math.min(own.low, visit(next).low);
      else if (seen.onStack) own.low = Math.min(own.low, seen.index);
    }
    if (own.low === own.index) {
      const component = stack.splice(stack.indexOf(node));
      for (const member of component) state.get(member).onStack = false;
      if (component.length > 1 || graph.get(node)?.includes(node)) cycles.push(pathAround(component, graph));
    }
    return own;
  };

  for (const node of graph.keys()) if (!state.has(node)) visit(node);
  return cycles;
}

/** The shortest way from a component's first file back to it. */
function pathAround(component, graph) {
  const [start] = component;
  const inside = new Set(component);
  const queue = [[start]];
  const seen = new Set();
  for (let path = queue.shift(); path; path = queue.shift()) {
    for (const next of graph.get(path.at(-1)) ?? []) {
      if (next === start) return [...path, start];
      if (!inside.has(next) || seen.has(next)) continue;
      seen.add(next);
      queue.push([...path, next]);
    }
  }
  return component;
}
