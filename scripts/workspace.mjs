// Which packages the workspace has, read from their package.json.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root as checkout } from "./stamp.mjs";

const GROUPS = ["packages", "apps"];

/** `packages/auth/package.json` …, relative to the root. */
export function manifests(root = checkout) {
  return GROUPS.flatMap((group) => {
    if (!existsSync(join(root, group))) return [];
    const names = readdirSync(join(root, group)).sort();
    return names.map((name) => `${group}/${name}/package.json`).filter((path) => existsSync(join(root, path)));
  });
}

/**
 * @param {string} [root]
 * @returns {{ name: string, folder: string, manifest: any }[]} `folder` is relative to the root
 */
export function workspacePackages(root = checkout) {
  return manifests(root).map((path) => {
    const manifest = JSON.parse(readFileSync(join(root, path), "utf8"));
    return { name: manifest.name, folder: path.slice(0, -"/package.json".length), manifest };
  });
}

/** The named package and every workspace package it needs at run time, needed ones first. */
export function runtimeClosure(name, packages = workspacePackages()) {
  const byName = new Map(packages.map((each) => [each.name, each]));
  const ordered = new Set();
  const visit = (each) => {
    for (const needed of Object.keys(each.manifest.dependencies ?? {})) {
      const found = byName.get(needed);
      if (found && !ordered.has(found)) visit(found);
    }
    ordered.add(each);
  };
  const start = byName.get(name);
  if (start) visit(start);
  return [...ordered];
}
