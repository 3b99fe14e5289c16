// A stamp is a hash of what a piece of work was made from: when it still matches, the work need not be done again.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** Kept between runs, ignored by git, gone with node_modules. */
export const cache = join(root, "node_modules", ".cache", "revops");

/** Every file below the given paths (files or folders, relative to the root), sorted; missing paths are left out. */
export function filesBelow(paths) {
  return paths.flatMap((path) => {
    const absolute = join(root, path);
    if (!existsSync(absolute)) return [];
    const entries = listed(absolute);
    return entries === undefined ? [path] : filesBelow(entries.map((name) => `${path}/${name}`));
  });
}

function listed(path) {
  try {
    return readdirSync(path).sort();
  } catch (error) {
    if (error.code === "ENOTDIR") return undefined;
    throw error;
  }
}

/** @param {string[]} files relative to the root  @param {string[]} [facts] anything else the result depends on */
export function stampOf(files, facts = []) {
  const hash = createHash("sha256").update(JSON.stringify(facts));
  for (const file of files) hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
  return hash.digest("hex");
}

export function readStamp(name) {
  try {
    return readFileSync(join(cache, name), "utf8");
  } catch {
    return undefined;
  }
}

export function writeStamp(name, stamp) {
  const path = join(cache, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, stamp);
}
