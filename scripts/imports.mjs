// What a TypeScript file imports. TypeScript 7 has no compiler API, so this reads the text itself: strings are taken out
// and comments dropped first, so that nothing inside them can look like an import.

/** Characters after which a slash begins a regular expression, not a division. */
const BEFORE_REGEX = /(?:^|[=([{,;:!&|?+\-*%<>~^]|\b(?:return|typeof|case|of|in|await|yield))\s*$/;

const PATTERNS = [
  // import x, { type y } from "…"; export { z } from "…"; export * from "…"
  /\b(?:import|export)\b[^;()=§]*?\bfrom\s*§(\d+)§/g,
  // import "…"
  /\bimport\s*§(\d+)§/g,
  // await import("…"); type T = import("…").T; require("…")
  /\b(?:import|require)\s*\(\s*§(\d+)§/g,
];

/**
 * @param {string} source
 * @returns {{ specifier: string, line: number }[]} in the order of the file; type-only imports count like others
 */
export function importsOf(source) {
  const { code, strings } = withoutStrings(source);
  const found = PATTERNS.flatMap((pattern) =>
    [...code.matchAll(pattern)].map((match) => ({ index: match.index, specifier: strings[Number(match[1])] ?? "" })),
  );
  return found
    .sort((a, b) => a.index - b.index)
    .map(({ index, specifier }) => ({ specifier, line: code.slice(0, index).split("\n").length }));
}

/** The code with each string as `§n§`, and without comments, regular expressions and the text of templates. */
function withoutStrings(source) {
  const strings = [];
  /** Depth of braces in each template hole we are inside of. */
  const holes = [];
  let code = "";
  let at = 0;
  const newlines = (text) => text.replace(/[^\n]/g, "");
  const skip = (end) => {
    const stop = end === -1 ? source.length : end;
    code += newlines(source.slice(at, stop));
    at = stop;
  };

  const template = () => {
    while (at < source.length) {
      const char = source[at];
      if (char === "\\") at += 2;
      else if (char === "`") {
        at += 1;
        return;
      } else if (char === "$" && source[at + 1] === "{") {
        holes.push(0);
        code += "(";
        at += 2;
        return;
      } else {
        if (char === "\n") code += "\n";
        at += 1;
      }
    }
  };

  while (at < source.length) {
    const char = source[at];
    const next = source[at + 1];
    if (char === "/" && next === "/") skip(source.indexOf("\n", at));
    else if (char === "/" && next === "*") skip(source.indexOf("*/", at + 2) + 2 || -1);
    else if (char === '"' || char === "'") {
      const literal = /^(["'])((?:\\.|(?!\1)[^\\\n])*)\1?/s.exec(source.slice(at, at + 2_000));
      strings.push(literal?.[2] ?? "");
      code += `§${strings.length - 1}§`;
      at += literal?.[0].length ?? 1;
    } else if (char === "`") {
      at += 1;
      template();
    } else if (char === "/" && BEFORE_REGEX.test(code.slice(-40))) {
      const literal = /^\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/.exec(source.slice(at, at + 2_000));
      code += literal ? "0" : char;
      at += literal?.[0].length ?? 1;
    } else if (char === "}" && holes.at(-1) === 0) {
      holes.pop();
      code += ")";
      at += 1;
      template();
    } else {
      if (holes.length > 0 && char === "{") holes[holes.length - 1] += 1;
      if (holes.length > 0 && char === "}") holes[holes.length - 1] -= 1;
      code += char;
      at += 1;
    }
  }
  return { code, strings };
}
