// Refuses an import the design does not allow. Prints one line per refusal; exit code 1 if there is any.
//
//   node scripts/check-boundaries.mjs
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { cyclesIn } from "./cycles.mjs";
import { importsOf } from "./imports.mjs";
import { workspacePackages } from "./workspace.mjs";

const FOUNDATION = ["core", "database", "jobs"];
/** They meet through facts and through ports given to their factories, never by import. */
const DOMAINS = ["auth", "payments", "saas", "marketplace"];

/** Who may use whom. A package that is not listed is refused: add it here, with the least it needs. */
const EDGES = {
  core: [],
  database: ["core"],
  jobs: ["core", "database"],
  ...Object.fromEntries(DOMAINS.map((name) => [name, FOUNDATION])),
  api: [...FOUNDATION, ...DOMAINS],
  // Speaks HTTP: in a browser none of the others would run.
  client: [],
  server: [...FOUNDATION, ...DOMAINS, "api", "stripe-emulator"],
  "stripe-emulator": [],
  testing: ["core"],
};

/** What tests may use besides; in a package.json only as devDependencies. */
const TESTS_ONLY = ["testing", "stripe-emulator", "client"];

const SCOPE = "@revops/";
const isTest = (file) => /\.test\.tsx?$/.test(file) || /^[^/]+\/[^/]+\/test\//.test(file);
const builtins = new Set(builtinModules);

/**
 * @param {string} root the checkout
 * @returns {{ problems: string[], files: number, packages: number }}
 */
export function checkBoundaries(root) {
  const packages = workspacePackages(root);
  const byName = new Map(packages.map((each) => [each.name, each]));
  const problems = packages.flatMap((each) => manifestProblems(each, byName, root));
  const graph = new Map();

  for (const owner of packages) {
    for (const file of ["src", "test"].flatMap((part) => sourcesBelow(root, `${owner.folder}/${part}`))) {
      const targets = [];
      for (const { specifier, line } of importsOf(readFileSync(join(root, file), "utf8"))) {
        const { problem, target } = specifier.startsWith(".")
          ? relativeImport(file, specifier, owner)
          : packageImport(file, specifier, owner, byName);
        if (problem) problems.push(`${file}:${line}  ${problem}`);
        if (target) targets.push(target);
      }
      graph.set(file, targets);
    }
  }
  for (const path of cyclesIn(graph)) problems.push(`${path[0]}  import cycle: ${path.join(" → ")}`);
  return { problems, files: graph.size, packages: packages.length };
}

function manifestProblems({ name, folder, manifest }, byName, root) {
  const allowed = EDGES[short(name)];
  if (!allowed) return [`${folder}/package.json  ${name} has no row in EDGES (scripts/check-boundaries.mjs)`];
  const refuse = (section, permitted) =>
    Object.keys(manifest[section] ?? {})
      .filter((needed) => byName.has(needed) && !permitted.includes(short(needed)))
      .map((needed) => `${folder}/package.json  ${short(name)} may not depend on ${needed} (${section})`);
  return [
    ...refuse("dependencies", allowed),
    ...refuse("peerDependencies", allowed),
    ...refuse("devDependencies", [...allowed, ...TESTS_ONLY]),
    ...publishedProblems(folder, manifest),
    ...builtProblems(root, folder, manifest),
  ];
}

/** What is packed has no sources, so its exports are the same without them: pnpm cannot derive the one from the other. */
function publishedProblems(folder, { exports, publishConfig }) {
  if (!publishConfig?.exports) return [];
  const packed = Object.fromEntries(
    Object.entries(exports).map(([path, { source: _, ...conditions }]) => [path, conditions]),
  );
  if (isDeepStrictEqual(packed, publishConfig.exports)) return [];
  return [`${folder}/package.json  publishConfig.exports are not the exports without "source"`];
}

/** What is exported, or run by its name, is what the build makes: its types lie where its source did. */
function builtProblems(root, folder, { exports, bin }) {
  const config = join(root, folder, "tsup.config.ts");
  if (!existsSync(config)) return [];
  const built = readFileSync(config, "utf8");
  const sources = Object.entries(exports ?? {}).flatMap(([path, { source, types }]) => {
    const written = source?.replace(/^\.\/src\/(.+)\.ts$/, "./dist/$1.d.ts");
    if (types !== undefined && types !== written) return [{ path, problem: `has its types at ${written}` }];
    return source === undefined ? [] : [{ path, source }];
  });
  const commands = Object.entries(bin ?? {}).map(([path, file]) => ({
    path,
    source: file.replace(/^\.\/dist\/(.+)\.js$/, "./src/$1.ts"),
  }));
  return [...sources, ...commands].flatMap(({ path, source, problem }) => {
    if (source !== undefined && built.includes(`"${source.slice(2)}"`)) return [];
    return [
      `${folder}/package.json  "${path}" ${problem ?? `is not built: tsup.config.ts has no "${source.slice(2)}"`}`,
    ];
  });
}

function relativeImport(file, specifier, owner) {
  const target = posix.join(dirname(file), specifier);
  if (!target.startsWith(`${owner.folder}/`)) return { problem: `"${specifier}" leaves the package` };
  return { target };
}

function packageImport(file, specifier, owner, byName) {
  if (specifier.startsWith("node:") || builtins.has(specifier)) return {};
  const name = specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
  const test = isTest(file);
  const other = byName.get(name);
  if (other === owner) return test ? {} : { problem: `"${specifier}" is this package itself: import the file` };

  const entry = other?.manifest.exports?.[`.${specifier.slice(name.length)}`];
  // A refused import still counts for cycles.
  const target = entry && posix.join(other.folder, entry.source ?? entry.default ?? "");
  return { problem: packageProblem({ name, specifier, owner, other, entry, test }), target };
}

function packageProblem({ name, specifier, owner, other, entry, test }) {
  const allowed = [...(EDGES[short(owner.name)] ?? []), ...(test ? TESTS_ONLY : [])];
  if ((other || name.startsWith(SCOPE)) && !allowed.includes(short(name))) {
    return `${short(owner.name)} may not import ${name}`;
  }
  const { dependencies, peerDependencies, devDependencies } = owner.manifest;
  const declared = { ...dependencies, ...peerDependencies, ...(test ? devDependencies : {}) };
  // Tests run from the root, whose test runner all packages share.
  if (!(name in declared) && !(test && name === "vitest")) {
    return `${name} is not in the package's ${test ? "dependencies or devDependencies" : "dependencies"}`;
  }
  return other && !entry ? `"${specifier}" is not among the exports of ${name}` : undefined;
}

function sourcesBelow(root, folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) =>
      posix.join(folder, join(entry.parentPath ?? entry.path, entry.name).slice(join(root, folder).length)),
    )
    .sort();
}

function short(name) {
  return name.startsWith(SCOPE) ? name.slice(SCOPE.length) : name;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { problems, files, packages } = checkBoundaries(fileURLToPath(new URL("..", import.meta.url)));
  for (const problem of problems) console.error(problem);
  console.log(`${files} files in ${packages} packages, ${problems.length} refused`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
