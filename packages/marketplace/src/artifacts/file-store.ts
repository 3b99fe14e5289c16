/** Artifacts in a folder, each a file named by the SHA-256 of its bytes. */
import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { dayMs } from "@revops/core";
import { marketplaceErrors } from "../errors.ts";
import type { ArtifactStore, ByteRange, StoredArtifact } from "./artifacts.ts";
import { copyInto } from "./copy-into.ts";
import { verifiedBytes } from "./verification.ts";

/** A few megabytes of memory; past it, artifacts are hashed once more. */
const rememberedLimit = 10_000;

export interface FileArtifactStoreOptions {
  /** Made when absent. One folder may serve many processes. */
  readonly directory: string;
}

/**
 * A store in `directory`: `ab/abcdef…`, written beside and renamed, so that a file under its final name is whole.
 * @example const artifacts = fileArtifactStore({ directory: "./data/artifacts" });
 */
export function fileArtifactStore({ directory }: FileArtifactStoreOptions): ArtifactStore {
  const incoming = join(directory, "incoming");
  let prepared: Promise<unknown> | undefined;
  /** Files whose digest was found right, by what changes when a file does; a range is read without hashing it all again. */
  const verified = new Map<string, string>();

  return {
    async write(content, { maxBytes }) {
      prepared ??= prepare(incoming);
      await prepared;
      const temporary = join(incoming, randomUUID());
      const file = await open(temporary, "wx");
      try {
        let stored: StoredArtifact;
        try {
          stored = await copyInto(file, content, maxBytes);
          await file.sync();
        } finally {
          await file.close();
        }
        const folder = join(directory, stored.sha256.slice(0, 2));
        // A new folder is itself an entry that has to survive.
        if (await mkdir(folder, { recursive: true })) await syncFolder(directory);
        // Over a file of the same name too: were that one damaged, it is whole now.
        await rename(temporary, join(folder, stored.sha256));
        await syncFolder(folder);
        return stored;
      } catch (error) {
        await rm(temporary, { force: true });
        throw error;
      }
    },

    read: (artifact, range) => Readable.from(readBytes(artifact, range), { objectMode: false }),
  };

  async function* readBytes(artifact: StoredArtifact, range: ByteRange | undefined): AsyncGenerator<Buffer> {
    const path = join(directory, artifact.sha256.slice(0, 2), artifact.sha256);
    const found = await stat(path).catch((cause: unknown) => {
      throw marketplaceErrors.artifact_corrupt({ detail: "The artifact is missing.", cause });
    });
    if (found.size !== artifact.size) throw marketplaceErrors.artifact_corrupt({ detail: "The size is wrong." });
    if (!range) {
      yield* verifiedBytes(createReadStream(path), artifact.sha256);
      return;
    }
    const state = `${found.ino} ${found.mtimeMs} ${found.size}`;
    if (verified.get(artifact.sha256) !== state) {
      for await (const _chunk of verifiedBytes(createReadStream(path), artifact.sha256));
      if (verified.size >= rememberedLimit) verified.clear();
      verified.set(artifact.sha256, state);
    }
    yield* createReadStream(path, range) as AsyncIterable<Buffer>;
  }
}

/** Makes the folder and clears it of what processes that were killed left half-written. */
async function prepare(incoming: string): Promise<void> {
  await mkdir(incoming, { recursive: true });
  // The folder's own file system says what time it is: no clock of ours has to agree with it.
  const probe = join(incoming, randomUUID());
  await (await open(probe, "wx")).close();
  const { mtimeMs: now } = await stat(probe);
  await rm(probe);
  for (const name of await readdir(incoming)) {
    const left = await stat(join(incoming, name)).catch(() => null);
    if (left && now - left.mtimeMs > dayMs) await rm(join(incoming, name), { force: true });
  }
}

/** Makes a rename survive a power cut. Windows cannot open a folder and needs none of it. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
