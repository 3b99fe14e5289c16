import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { marketplaceErrors } from "../errors.ts";
import type { ArtifactContent, StoredArtifact } from "./artifacts.ts";

/** Writes bytes into a file while hashing them. @throws `artifact_too_large` */
export async function copyInto(file: FileHandle, content: ArtifactContent, maxBytes: number): Promise<StoredArtifact> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of content instanceof Uint8Array ? [content] : content) {
    size += chunk.byteLength;
    if (size > maxBytes) {
      throw marketplaceErrors.artifact_too_large({ detail: `${maxBytes} bytes at most.`, fields: { limit: maxBytes } });
    }
    hash.update(chunk);
    await file.writeFile(chunk);
  }
  return { sha256: hash.digest("hex"), size };
}
