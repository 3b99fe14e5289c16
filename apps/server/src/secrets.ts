/** Secrets that the server makes once and keeps beside its data. */
import { hkdfSync } from "node:crypto";
import { mkdir, open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { randomToken } from "@revops/core";

/**
 * Reads a secret of the data directory, or makes and keeps it. Of two servers that start at once, one makes it and both
 * use it.
 * @param name the file's name
 */
export async function keptSecret(dataDirectory: string, name: string, make = randomToken): Promise<string> {
  await mkdir(dataDirectory, { recursive: true });
  const file = join(dataDirectory, name);
  try {
    // `wx`: fails when it exists; readable by its owner only.
    const created = await open(file, "wx", 0o600);
    const secret = make();
    await created.writeFile(secret);
    await created.sync();
    await created.close();
    return secret;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
  const kept = (await readFile(file, "utf8")).trim();
  if (kept !== "") return kept;
  // The process that made the file was killed before it wrote.
  const secret = make();
  await writeFile(file, secret, { mode: 0o600 });
  return secret;
}

/** Derives a key for one purpose from another secret (RFC 5869), so that one setting serves all. */
export function derivedSecret(secret: string, purpose: string): string {
  return Buffer.from(hkdfSync("sha256", secret, "", `revops/${purpose}`, 32)).toString("base64url");
}
