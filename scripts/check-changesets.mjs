// Fails when a changeset cannot be read, names no package that is published, or is missing for one that a branch changes.
// `changeset status` asks for a branch `main` and stops at the first; CI's clone of one commit has none. `npm test` runs it.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { root as checkout } from "./stamp.mjs";
import { workspacePackages } from "./workspace.mjs";

const FORM = /^---\n((?:"[^"\n]+": (?:patch|minor|major)\n)+)---\n+(\S[\s\S]*)$/;

/**
 * @param {{ name: string, text: string }[]} changesets
 * @param {string[]} published names of packages
 * @returns {{ findings: string[], named: Set<string> }}
 */
export function readChangesets(changesets, published) {
  const findings = [];
  const named = new Set();
  for (const { name, text } of changesets) {
    const head = FORM.exec(text)?.[1];
    if (head === undefined)
      findings.push(`${name}: begins with ---, "<package>": patch|minor|major, ---, and has a summary`);
    for (const [, packageName] of head?.matchAll(/"([^"]+)"/g) ?? []) {
      if (!published.includes(packageName)) findings.push(`${name}: ${packageName} is not published`);
      named.add(packageName);
    }
  }
  return { findings, named };
}

/** Files that differ from where this branch left `main`; none where there is no such branch. */
function changedFiles() {
  try {
    const git = (...command) => execFileSync("git", command, { cwd: checkout, encoding: "utf8", stdio: "pipe" }).trim();
    return git("diff", "--name-only", git("merge-base", "main", "HEAD")).split("\n");
  } catch {
    return [];
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = join(checkout, ".changeset");
  const files = readdirSync(folder).filter((name) => name.endsWith(".md") && name !== "README.md");
  const changesets = files.map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));
  const packages = workspacePackages().filter(({ manifest }) => !manifest.private);
  const { findings, named } = readChangesets(
    changesets,
    packages.map(({ name }) => name),
  );
  const changed = changedFiles();
  for (const { name, folder: of } of packages) {
    const touched = changed.find((file) => file.startsWith(`${of}/src/`) && !basename(file).includes(".test."));
    if (touched && !named.has(name)) findings.push(`${name} changes (${touched}) without a changeset: pnpm changeset`);
  }
  for (const finding of findings) console.error(finding);
  if (findings.length > 0) process.exit(1);
  console.log(`${files.length} changesets for ${named.size} packages`);
}
