import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { checkBoundaries } from "./check-boundaries.mjs";

const DEPENDENCIES = {
  core: {},
  auth: { dependencies: { "@revops/core": "workspace:^" }, devDependencies: { "@revops/testing": "workspace:*" } },
  saas: { dependencies: { "@revops/core": "workspace:^" } },
  testing: {},
};

/** A checkout with core, auth, saas and testing, and the given files in it. */
function refusals(files, manifests = {}) {
  const root = mkdtempSync(join(tmpdir(), "revops-boundaries-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const write = (path, text) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  for (const [name, dependencies] of Object.entries({ ...DEPENDENCIES, ...manifests })) {
    const exports = { ".": { source: "./src/index.ts", default: "./dist/index.js" } };
    write(`packages/${name}/package.json`, JSON.stringify({ name: `@revops/${name}`, exports, ...dependencies }));
    write(`packages/${name}/src/index.ts`, "export const nothing = 0;");
  }
  for (const [path, text] of Object.entries(files)) write(path, text);
  return checkBoundaries(root).problems;
}

test("an allowed edge passes, in every form an import can have", () => {
  const index = `import { a } from "@revops/core";
    import type { B } from "@revops/core";
    export { c } from "./c.ts";
    export type D = import("@revops/core").D;
    import { readFile } from "node:fs/promises";`;
  const test = `import { testClock } from "@revops/testing"; import { test } from "vitest";`;
  const files = {
    "packages/auth/src/index.ts": index,
    "packages/auth/src/c.ts": "",
    "packages/auth/src/c.test.ts": test,
  };
  expect(refusals(files)).toEqual([]);
});

test("one domain package importing another is refused, even for a type and even if package.json says so", () => {
  const manifest = { dependencies: { "@revops/core": "workspace:^", "@revops/saas": "workspace:^" } };
  expect(
    refusals({ "packages/auth/src/tier.ts": `import type { Tier } from "@revops/saas";` }, { auth: manifest }),
  ).toEqual([
    "packages/auth/package.json  auth may not depend on @revops/saas (dependencies)",
    "packages/auth/src/tier.ts:1  auth may not import @revops/saas",
  ]);
});

test.each([
  ["static", `\n\nimport {\n  type A,\n  b,\n} from "@revops/auth";`, 3],
  ["side effect", `import "@revops/auth";`, 1],
  ["dynamic", `const a = await import("@revops/auth");`, 1],
  ["type query", `let a: import("@revops/auth").A;`, 1],
  ["export from", `export * from "@revops/auth";`, 1],
  ["after a regular expression with a quote", `const q = /["'\`]/;\nimport "@revops/auth";`, 2],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the text under test is a template.
  ["inside a template's hole", "const t = `${await import('@revops/auth')}`;", 1],
])("an edge the wrong way round is found: %s", (_form, text, line) => {
  expect(refusals({ "packages/core/src/a.ts": text })).toEqual([
    `packages/core/src/a.ts:${line}  core may not import @revops/auth`,
  ]);
});

test("comments, strings and templates that only look like imports are not imports", () => {
  const text = `// import "@revops/auth";
    /** @example import { a } from "@revops/auth"; */
    const s = 'import "@revops/auth"';
    const t = \`import { a } from "@revops/auth"; \${"import('@revops/auth')"} import("@revops/auth")\`;
    const ratio = 4 / 2; const other = "from"; export const from = "@revops/auth";`;
  expect(refusals({ "packages/core/src/a.ts": text })).toEqual([]);
});

test("testing is for tests: the product may neither import it nor list it as a dependency", () => {
  const manifest = { dependencies: { "@revops/core": "workspace:^", "@revops/testing": "workspace:*" } };
  expect(refusals({ "packages/auth/src/a.ts": `import "@revops/testing";` }, { auth: manifest })).toEqual([
    "packages/auth/package.json  auth may not depend on @revops/testing (dependencies)",
    "packages/auth/src/a.ts:1  auth may not import @revops/testing",
  ]);
});

test("a package nobody has placed in the design is refused", () => {
  expect(refusals({}, { extras: {} })).toEqual([
    "packages/extras/package.json  @revops/extras has no row in EDGES (scripts/check-boundaries.mjs)",
  ]);
});

test("what package.json does not list is refused; a devDependency is enough for a test only", () => {
  const auth = { ...DEPENDENCIES.auth, devDependencies: { zod: "^4" } };
  const text = `import { z } from "zod";`;
  expect(refusals({ "packages/auth/src/a.ts": text, "packages/auth/src/a.test.ts": text }, { auth })).toEqual([
    "packages/auth/src/a.ts:1  zod is not in the package's dependencies",
  ]);
  expect(refusals({ "packages/auth/src/a.test.ts": `import "@scope/name/deep";` })).toEqual([
    "packages/auth/src/a.test.ts:1  @scope/name is not in the package's dependencies or devDependencies",
  ]);
});

test("a deep import past the exports is refused", () => {
  expect(refusals({ "packages/auth/src/a.ts": `import "@revops/core/src/clock.ts";` })).toEqual([
    `packages/auth/src/a.ts:1  "@revops/core/src/clock.ts" is not among the exports of @revops/core`,
  ]);
});

test("a relative import that leaves the package is refused", () => {
  expect(refusals({ "packages/auth/src/a.ts": `import "../../core/src/index.ts";` })).toEqual([
    `packages/auth/src/a.ts:1  "../../core/src/index.ts" leaves the package`,
  ]);
});

test("a cycle between files is refused, also when only types make it", () => {
  const files = {
    "packages/core/src/a.ts": `import type { B } from "./b.ts";`,
    "packages/core/src/b.ts": `export * from "./c.ts";`,
    "packages/core/src/c.ts": `const a = () => import("./a.ts");`,
    "packages/core/src/d.ts": `import "./a.ts";`,
  };
  const [refusal, ...others] = refusals(files);
  expect(others).toEqual([]);
  expect(refusal).toMatch(/import cycle: /);
  for (const name of ["a", "b", "c"]) expect(refusal).toContain(`packages/core/src/${name}.ts`);
  expect(refusal).not.toContain("d.ts");
});

test("a cycle through another package is found, and a package does not import itself by name", () => {
  const files = {
    "packages/auth/src/a.ts": `import "@revops/auth";`,
    "packages/testing/src/index.ts": `import "@revops/core";`,
    "packages/core/src/index.ts": `import "@revops/testing";`,
  };
  expect(refusals(files, { testing: { dependencies: { "@revops/core": "workspace:^" } } })).toEqual([
    `packages/auth/src/a.ts:1  "@revops/auth" is this package itself: import the file`,
    "packages/core/src/index.ts:1  core may not import @revops/testing",
    expect.stringMatching(/import cycle: .*packages\/testing\/src\/index\.ts/),
  ]);
});

test("a package publishes what it exports, but for the sources", () => {
  const published = (exports) => refusals({}, { core: { publishConfig: { exports } } });
  expect(published({ ".": { default: "./dist/index.js" } })).toEqual([]);
  const problem = 'packages/core/package.json  publishConfig.exports are not the exports without "source"';
  expect(published({})).toEqual([problem]);
  expect(published({ ".": { source: "./src/index.ts", default: "./dist/index.js" } })).toEqual([problem]);
});

test("what a package exports, or runs by name, is built, with its types beside", () => {
  const tsup = (...entries) => ({ "packages/core/tsup.config.ts": `{ entry: ${JSON.stringify(entries)} }` });
  const exports = { ".": { source: "./src/index.ts", types: "./dist/index.d.ts", default: "./dist/index.js" } };
  const core = { exports, bin: { "revops-core": "./dist/bin.js" } };
  expect(refusals(tsup("src/index.ts", "src/bin.ts"), { core })).toEqual([]);
  expect(refusals(tsup("src/index.ts"), { core })).toEqual([
    'packages/core/package.json  "revops-core" is not built: tsup.config.ts has no "src/bin.ts"',
  ]);
  expect(refusals(tsup(), { core: { exports } })).toEqual([
    'packages/core/package.json  "." is not built: tsup.config.ts has no "src/index.ts"',
  ]);
  const moved = { ".": { ...exports["."], types: "./dist/license.d.ts" } };
  expect(refusals(tsup("src/index.ts"), { core: { exports: moved } })).toEqual([
    'packages/core/package.json  "." has its types at ./dist/index.d.ts',
  ]);
});
