// The JavaScript of the server and of every package it needs. Types are for publishing; nothing needs them to run.
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { RunError, run } from "./run.mjs";
import { filesBelow, readStamp, root, stampOf, writeStamp } from "./stamp.mjs";
import { runtimeClosure } from "./workspace.mjs";

/** @returns {Promise<string>} what was done */
export async function build(app, { node, env }) {
  const stale = runtimeClosure(app).map(withStamp).filter(isStale);
  if (stale.length === 0) return "unchanged";
  const queue = [...stale];
  const work = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) await buildOne(next, { node, env });
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return `${stale.length} package${stale.length === 1 ? "" : "s"}`;
}

function withStamp({ folder }) {
  const sources = filesBelow([`${folder}/src`]).filter((file) => !/\.test\.tsx?$/.test(file));
  const settings = filesBelow([
    `${folder}/package.json`,
    `${folder}/tsup.config.ts`,
    "tsconfig.base.json",
    "pnpm-lock.yaml",
  ]);
  return { folder, stamp: stampOf([...sources, ...settings]) };
}

function isStale({ folder, stamp }) {
  return readStamp(`build/${folder}`) !== stamp || !existsSync(join(root, folder, "dist"));
}

async function buildOne({ folder, stamp }, { node, env }) {
  const tsup = join(root, "node_modules", "tsup", "dist", "cli-default.js");
  try {
    await run(node, [tsup], { cwd: join(root, folder), env });
  } catch (error) {
    throw error instanceof RunError ? new RunError(`${folder} does not build`, error.output) : error;
  }
  writeStamp(`build/${folder}`, stamp);
}
