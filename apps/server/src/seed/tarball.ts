/** Packing a folder as `npm pack` does: a gzipped tar whose entries are under `package/`. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { buffer } from "node:stream/consumers";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { pack } from "tar-stream";

const compress = promisify(gzip);

/** The time that npm gives every entry, so that the same files make the same bytes. */
const entryTime = new Date("1985-10-26T08:15:00.000Z");

/**
 * The package's tarball, the same bytes each time; null when it is (or is sure to be) larger than `maxBytes`.
 * @param directory the package's folder; its own dependencies (`node_modules`) are not part of it
 */
export async function packPackage(directory: string, { maxBytes }: { maxBytes: number }): Promise<Buffer | null> {
  const files = await listFiles(directory);
  // Code shrinks to a quarter at best, machine code to a third: what is larger is not worth the seconds to find out.
  if (files.reduce((sum, { size }) => sum + size, 0) > 4 * maxBytes) return null;
  const tar = pack();
  const whole = buffer(tar);
  for (const { path, mode } of files) {
    const name = `package/${relative(directory, path).split(sep).join("/")}`;
    tar.entry({ name, mode, mtime: entryTime }, await readFile(path));
  }
  tar.finalize();
  const bytes = await compress(await whole);
  return bytes.length > maxBytes ? null : bytes;
}

/** All regular files, in one order everywhere. */
async function listFiles(directory: string): Promise<{ path: string; size: number; mode: number }[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const lists = await Promise.all(
    entries
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(async (entry) => {
        const path = join(directory, entry.name);
        if (entry.isDirectory()) return entry.name === "node_modules" ? [] : listFiles(path);
        if (!entry.isFile()) return [];
        const { size, mode } = await stat(path);
        // npm knows two modes: may be executed, or not.
        return [{ path, size, mode: mode & 0o111 ? 0o755 : 0o644 }];
      }),
  );
  return lists.flat();
}
