// `pnpm install` from the lockfile, left out when nothing it depends on has changed since the last one.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { run } from "./run.mjs";
import { filesBelow, readStamp, root, stampOf, writeStamp } from "./stamp.mjs";
import { manifests } from "./workspace.mjs";

/** @returns {Promise<string | undefined>} why nothing was done */
export async function install({ pnpm, env }) {
  const files = filesBelow(["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json", ...manifests()]);
  const stamp = stampOf(files, [process.platform, process.arch]);
  if (readStamp("install") === stamp && existsSync(join(root, "node_modules", ".modules.yaml"))) return "unchanged";
  await run(pnpm, ["install", "--frozen-lockfile", "--config.confirmModulesPurge=false"], { cwd: root, env });
  writeStamp("install", stamp);
  return undefined;
}
