// A Node and a pnpm that are new enough: the machine's own, or fetched once from the npm registry.
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { RunError, run } from "./run.mjs";
import { readStamp, writeStamp } from "./stamp.mjs";

const NODE = { least: [22, 18], fetch: "24" };
const PNPM = { major: "12" };
const windows = process.platform === "win32";

/** What the other scripts need to know of the machine. */
/** @typedef {{ node: string, pnpm: string, env: NodeJS.ProcessEnv, fetched: string | undefined }} Toolchain */

/**
 * Finds the toolchain; fetches what is missing with npm, which everybody who has Node has.
 *
 * @param {(what: string) => void} announce called before something is fetched
 * @returns {Promise<Toolchain>}
 * @throws {RunError} with one line of advice when something is missing and cannot be fetched
 */
export async function toolchain(announce = () => {}) {
  const ownNode = isNewEnough(process.versions.node);
  const remembered = await recall(ownNode);
  if (remembered) return remembered;

  const ownPnpm = await pnpmIn(process.env.PATH ?? "");
  if (ownNode && ownPnpm) return remember({ node: process.execPath, pnpm: ownPnpm });

  const wanted = [`pnpm@${PNPM.major}`];
  if (!ownNode) wanted.unshift(`node-${windows ? "win" : process.platform}-${process.arch}@${NODE.fetch}`);
  announce(`fetching ${wanted.join(" and ")} from the npm registry`);
  const found = await fetchWithNpm(wanted, ownNode);
  return remember(found, wanted.join(" and "));
}

/** The package `node-<platform>-<arch>` is the program alone: unlike `node` it has no install script that could be blocked. */
async function fetchWithNpm(wanted, ownNode) {
  const packages = wanted.map((name) => `--package=${name}`);
  const quiet = ["--yes", "--no-update-notifier", "--no-audit", "--no-fund", "--fetch-retries=1", "--loglevel=error"];
  // Elsewhere than in the checkout: npm would look through node_modules first.
  const output = await run("npm", ["exec", ...quiet, ...packages, "-c", "node -p process.env.PATH"], {
    cwd: tmpdir(),
  }).catch((error) => {
    throw new RunError(advice(ownNode, reasonOf(error.output)));
  });
  const path = output.trim().split("\n").at(-1) ?? "";
  const pnpm = await pnpmIn(path);
  const node = ownNode ? process.execPath : await nodeIn(path);
  if (!node || !pnpm) throw new RunError(advice(ownNode, "what it fetched does not run on this machine"));
  return { node, pnpm };
}

function advice(ownNode, reason) {
  const missing = ownNode
    ? "pnpm 12 is missing"
    : `Node ${process.versions.node} is older than ${NODE.least.join(".")}`;
  return `${missing}, and npm could not fetch a newer one (${reason}): connect to the npm registry, or install Node ${NODE.fetch} and pnpm ${PNPM.major} yourself`;
}

function reasonOf(output) {
  const code = /npm (?:error|ERR!) code (\S+)/.exec(output)?.[1];
  return code ?? output.trim().split("\n").at(-1) ?? "no answer";
}

/** `npm exec` keeps packages until its cache is cleaned, so what is remembered is looked at before it is used. */
async function recall(ownNode) {
  const { node, pnpm } = JSON.parse(readStamp("toolchain.json") ?? "{}");
  if (!node || !pnpm || !existsSync(pnpm)) return undefined;
  if (ownNode) return describe({ node: process.execPath, pnpm });
  return (await versionOf(node)) ? describe({ node, pnpm }) : undefined;
}

function remember({ node, pnpm }, fetched) {
  writeStamp("toolchain.json", JSON.stringify({ node, pnpm }));
  return describe({ node, pnpm }, fetched);
}

/** @returns {Toolchain} */
function describe({ node, pnpm }, fetched) {
  const folders = [dirname(node), dirname(pnpm), ...(process.env.PATH ?? "").split(delimiter)];
  // What npm tells its scripts is not meant for the programs they start: pnpm would warn about settings it does not know.
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^npm_(lifecycle|package|command|execpath|node_)/i.test(name),
  );
  return {
    node,
    pnpm,
    fetched,
    env: { ...Object.fromEntries(inherited), PATH: [...new Set(folders)].join(delimiter) },
  };
}

async function nodeIn(path) {
  for (const program of programs(path, windows ? "node.exe" : "node")) {
    const version = await versionOf(program);
    if (version && isNewEnough(version)) return program;
  }
  return undefined;
}

async function pnpmIn(path) {
  for (const program of programs(path, windows ? "pnpm.cmd" : "pnpm")) {
    const version = await versionOf(program);
    if (version?.startsWith(`${PNPM.major}.`)) return program;
  }
  return undefined;
}

function programs(path, name) {
  return path
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, name))
    .filter((program) => existsSync(program));
}

async function versionOf(program) {
  const printed = await run(program, ["--version"], { cwd: tmpdir() }).catch(() => "");
  return /^v?(\d+\.\d+\.\d+)/.exec(printed.trim())?.[1];
}

function isNewEnough(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > NODE.least[0] || (major === NODE.least[0] && minor >= NODE.least[1]);
}
