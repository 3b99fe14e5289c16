import { constants } from "node:fs";
import { access, mkdtemp, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Linux keeps this folder in memory: making a database there takes 15 ms, on a disk up to 300. */
const MEMORY = "/dev/shm";

/** Containers often have 64 MB of it, too little for a server; a disk is always big enough. */
const ENOUGH_BYTES = 2 ** 31;

/** Makes a temporary folder for data that need not outlive the run, in memory where there is plenty. */
export async function dataFolder(prefix: string): Promise<string> {
  return (await memoryIsRoomy()) ? mkdtemp(join(MEMORY, prefix)) : diskFolder(prefix);
}

/** Makes a temporary folder on a disk, whose flushes are real: for what measures durable writes. */
export function diskFolder(prefix: string, parent = tmpdir()): Promise<string> {
  return mkdtemp(join(parent, prefix));
}

/** Makes a temporary folder that programs may run from; memory folders often forbid that. */
export function programFolder(prefix: string): Promise<string> {
  return mkdtemp(join(tmpdir(), prefix));
}

async function memoryIsRoomy(): Promise<boolean> {
  if (process.platform !== "linux") return false;
  try {
    await access(MEMORY, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = await statfs(MEMORY);
    return bavail * bsize >= ENOUGH_BYTES;
  } catch {
    return false;
  }
}
