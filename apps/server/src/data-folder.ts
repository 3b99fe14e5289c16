import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/**
 * Makes the folder where files are kept, and those above it. One by one: Node's own `recursive` spins for ever below a
 * folder that takes none and says that it does not exist, such as /proc.
 */
export async function makeDataFolder(directory: string): Promise<void> {
  const folder = resolve(directory);
  if (existsSync(folder)) return;
  await makeDataFolder(dirname(folder));
  await mkdir(folder).catch((error: unknown) => {
    // Another server that starts at the same time made it.
    if (!existsSync(folder)) throw error;
  });
}
