/**
 * The way of most requests: straight to their route. Express looks through its layers one after the other, of some 170
 * routes half as a rule, with a pattern for each.
 */

export interface Found<Target> {
  readonly target: Target;
  readonly params: Readonly<Record<string, string>>;
}

/** Finds what is at a path, which is without its query. */
export type FindRoute<Target> = (method: string, path: string) => Found<Target> | undefined;

export interface IndexedRoute<Target> {
  readonly method: string;
  readonly path: string;
  /** Nothing where Express has to answer. */
  readonly target: Target | undefined;
}

interface Pattern<Target> {
  readonly segments: readonly { readonly text: string; readonly isParam: boolean }[];
  readonly targets: ReadonlyMap<string, Target | undefined>;
}

/**
 * Makes the index of all routes, whose paths are in Express' form. It finds what Express would, or nothing: whatever has to
 * be decoded, ends with a slash, has a fragment or is asked with HEAD is left to Express. The first declared path that fits
 * decides, whatever the method: those that it does not have are 405, and no other path's.
 */
export function indexRoutes<Target>(routes: readonly IndexedRoute<Target>[]): FindRoute<Target> {
  const byShape = new Map<string, Pattern<Target>[]>();
  for (const [path, group] of Map.groupBy(routes, (route) => route.path)) {
    const segments = path.split("/").map((text) => {
      const isParam = text.startsWith(":");
      return { isParam, text: isParam ? text.slice(1) : text };
    });
    const targets = new Map(group.map(({ method, target }) => [method.toUpperCase(), target]));
    const shape = shapeOf(path.split("/"));
    byShape.set(shape, [...(byShape.get(shape) ?? []), { segments, targets }]);
  }

  return (method, path) => {
    if (path.includes("%") || path.includes("#") || path.endsWith("/")) return undefined;
    const parts = path.split("/");
    for (const { segments, targets } of byShape.get(shapeOf(parts)) ?? []) {
      const params = paramsOf(segments, parts);
      if (params === undefined) continue;
      const target = targets.get(method);
      return target === undefined ? undefined : { target, params };
    }
    return undefined;
  };
}

/** What a path's patterns have in common: none begins with a parameter. */
const shapeOf = (parts: readonly string[]) => `${parts.length} ${parts[1]}`;

function paramsOf(
  segments: Pattern<unknown>["segments"],
  parts: readonly string[],
): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  for (let n = 0; n < segments.length; n++) {
    const segment = segments[n];
    const part = parts[n];
    if (segment === undefined || part === undefined) return undefined;
    if (!segment.isParam) {
      if (segment.text !== part) return undefined;
    } else if (part === "") return undefined;
    else params[segment.text] = part;
  }
  return params;
}
