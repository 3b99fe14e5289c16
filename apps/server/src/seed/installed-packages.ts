/** What is installed in a pnpm workspace: real packages with real metadata, on every machine that can run the server. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";

const person = z.union([z.string(), z.object({ name: z.string() }).transform(({ name }) => name)]);

/** What the catalogue reads of a package.json. Old packages spell their metadata in many ways: a strange member is left out. */
const manifestSchema = z.object({
  name: z.string(),
  version: z.string(),
  description: z.string().catch(""),
  keywords: z.array(z.string()).catch([]),
  license: z.string().catch("see the package"),
  homepage: z.string().optional().catch(undefined),
  author: person.optional().catch(undefined),
  repository: z
    .union([z.string(), z.object({ url: z.string() }).transform(({ url }) => url)])
    .optional()
    .catch(undefined),
});

export type Manifest = z.output<typeof manifestSchema>;

export interface InstalledPackage {
  readonly manifest: Manifest;
  /** Where its files are. */
  readonly directory: string;
}

/**
 * Every version of every package in a `node_modules` that pnpm made, by name and version. Empty when there is none.
 * @param modulesDirectory the workspace's `node_modules`
 */
export async function findInstalledPackages(modulesDirectory: string): Promise<InstalledPackage[]> {
  const store = join(modulesDirectory, ".pnpm");
  const entries = await readdir(store).catch(() => []);
  const found = await Promise.all(
    entries.filter((entry) => entry.includes("@", 1)).map((entry) => readPackage(store, entry)),
  );
  // A package is there once for each set of peers that it was installed with; its files are the same.
  const distinct = new Map(found.flatMap((each) => (each ? [[idOf(each.manifest), each] as const] : [])));
  return [...distinct].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
}

const idOf = ({ name, version }: Manifest) => `${name}@${version}`;

/** pnpm's folder for `@scope/name` in version 1.0.0 with a peer is `@scope+name@1.0.0_peer@2.0.0`. */
async function readPackage(store: string, entry: string): Promise<InstalledPackage | null> {
  const name = entry.slice(0, entry.indexOf("@", 1)).replace("+", "/");
  const directory = join(store, entry, "node_modules", name);
  const text = await readFile(join(directory, "package.json"), "utf8").catch(() => null);
  const parsed = text === null ? null : manifestSchema.safeParse(JSON.parse(text));
  return parsed?.success ? { manifest: parsed.data, directory } : null;
}
