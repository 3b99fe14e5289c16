/** Bytes that are known to be the right ones by the time they have all been given out. */
import { createHash } from "node:crypto";
import { marketplaceErrors } from "../errors.ts";

/**
 * Passes bytes on while hashing them, one chunk behind: the last one is given only when the digest is right. So wrong
 * bytes never look like a complete download.
 * @throws `artifact_corrupt`
 */
export async function* verifiedBytes(bytes: AsyncIterable<Buffer>, sha256: string): AsyncGenerator<Buffer> {
  const hash = createHash("sha256");
  let held: Buffer | undefined;
  for await (const chunk of bytes) {
    hash.update(chunk);
    if (held) yield held;
    held = chunk;
  }
  if (hash.digest("hex") !== sha256) {
    throw marketplaceErrors.artifact_corrupt({ detail: "The bytes are not those that were published." });
  }
  if (held) yield held;
}
