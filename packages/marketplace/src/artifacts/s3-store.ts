/** Artifacts in a bucket of S3, or of anything that speaks its API, each an object named by the SHA-256 of its bytes. */
import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, rm } from "node:fs/promises";
import http from "node:http";
import https from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { secondMs } from "@revops/core";
import { AwsClient } from "aws4fetch";
import { marketplaceErrors } from "../errors.ts";
import type { ArtifactStore, ByteRange, StoredArtifact } from "./artifacts.ts";
import { copyInto } from "./copy-into.ts";
import { verifiedBytes } from "./verification.ts";

export interface S3ArtifactStoreOptions {
  /** The bucket, and a folder in it if there is one: `https://s3.eu-central-1.amazonaws.com/my-bucket/artifacts`. */
  readonly url: string;
  /** `us-east-1` unless said otherwise; `auto` for some of those that are compatible. */
  readonly region?: string | undefined;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of credentials that are lent for a while. */
  readonly sessionToken?: string | undefined;
  /** Where an upload waits until its digest is known; the system's folder unless said otherwise. */
  readonly temporaryDirectory?: string | undefined;
}

/** A few megabytes of memory; past it, artifacts are hashed once more. */
const rememberedLimit = 10_000;
const tries = 3;
/** Without a byte for so long, a connection is taken for dead. */
const idleMs = 30 * secondMs;

/**
 * A store in a bucket. Bytes are sent with their digest, which the other side checks before it keeps them
 * (`x-amz-content-sha256`, https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).
 * @throws TypeError for a `url` that is none
 * @example
 * const artifacts = s3ArtifactStore({ url: "https://s3.eu-central-1.amazonaws.com/my-bucket", region: "eu-central-1", ...credentials });
 */
export function s3ArtifactStore(options: S3ArtifactStoreOptions): ArtifactStore {
  const { accessKeyId, secretAccessKey, sessionToken, region = "us-east-1", temporaryDirectory = tmpdir() } = options;
  const base = new URL(options.url).href.replace(/\/+$/, "");
  const signer = new AwsClient({
    accessKeyId,
    secretAccessKey,
    region,
    service: "s3",
    ...(sessionToken === undefined ? {} : { sessionToken }),
  });
  const addressOf = (sha256: string) => `${base}/${sha256.slice(0, 2)}/${sha256}`;
  /** Objects whose digest was found right, by their entity tag; a range is read without hashing all of it again. */
  const verified = new Map<string, string>();

  async function put({ sha256, size }: StoredArtifact, path: string): Promise<void> {
    await persistently(async () => {
      const headers = { "x-amz-content-sha256": sha256 };
      const signed = await signer.sign(addressOf(sha256), { method: "PUT", headers });
      const url = new URL(signed.url);
      const request = (url.protocol === "https:" ? https : http).request(url, {
        method: "PUT",
        headers: { ...Object.fromEntries(signed.headers), "content-length": size },
      });
      request.setTimeout(idleMs, () => request.destroy(new Error("The store does not answer.")));
      const answered = new Promise<http.IncomingMessage>((resolve, reject) => {
        request.once("response", resolve).once("error", reject);
      });
      // A refusal may come while bytes are still on their way, and ends them.
      const sent = pipeline(createReadStream(path), request);
      const [answer] = await Promise.all([answered, sent.catch(() => undefined)]);
      answer.resume();
      return answer.statusCode ?? 0;
    });
  }

  async function get(sha256: string, range?: ByteRange): Promise<Response> {
    let answer: Response | undefined;
    await persistently(async () => {
      const headers = range ? { range: `bytes=${range.start}-${range.end}` } : {};
      answer = await fetch(await signer.sign(addressOf(sha256), { headers }));
      if (!answer.ok) await answer.body?.cancel();
      return answer.status === 404 ? 200 : answer.status;
    });
    if (!answer?.body || answer.status === 404) {
      throw marketplaceErrors.artifact_corrupt({ detail: "The artifact is missing." });
    }
    return answer;
  }

  async function* readBytes(artifact: StoredArtifact, range: ByteRange | undefined): AsyncGenerator<Buffer> {
    if (!range) {
      yield* wholeOf(artifact);
      return;
    }
    let part = await partOf(artifact, range);
    const tag = part.headers.get("etag") ?? "";
    if (tag === "" || verified.get(artifact.sha256) !== tag) {
      // Not left open meanwhile: the other side gives up on what nobody reads, and nobody would end it if this throws.
      await part.body?.cancel();
      for await (const _chunk of wholeOf(artifact));
      part = await partOf(artifact, range);
    }
    yield* bytesOf(part);
  }

  async function partOf({ sha256, size }: StoredArtifact, { start, end }: ByteRange): Promise<Response> {
    const part = await get(sha256, { start, end });
    if (part.headers.get("content-range") === `bytes ${start}-${end}/${size}`) return part;
    await part.body?.cancel();
    throw marketplaceErrors.artifact_corrupt({ detail: "The size is wrong." });
  }

  async function* wholeOf({ sha256, size }: StoredArtifact): AsyncGenerator<Buffer> {
    const answer = await get(sha256);
    if (answer.headers.get("content-length") !== String(size)) {
      await answer.body?.cancel();
      throw marketplaceErrors.artifact_corrupt({ detail: "The size is wrong." });
    }
    yield* verifiedBytes(bytesOf(answer), sha256);
    if (verified.size >= rememberedLimit) verified.clear();
    verified.set(sha256, answer.headers.get("etag") ?? "");
  }

  return {
    async write(content, { maxBytes }) {
      const temporary = join(temporaryDirectory, `revops-${randomUUID()}`);
      const file = await open(temporary, "wx", 0o600);
      try {
        const stored = await copyInto(file, content, maxBytes).finally(() => file.close());
        await put(stored, temporary);
        return stored;
      } finally {
        await rm(temporary, { force: true });
      }
    },

    read: (artifact, range) => Readable.from(readBytes(artifact, range), { objectMode: false }),
  };
}

/** Tries again what failed on the other side, or on the way. @throws `artifact_store_unavailable` */
async function persistently(ask: () => Promise<number>): Promise<void> {
  let cause: unknown;
  for (let tried = 1; tried <= tries; tried++) {
    try {
      const status = await ask();
      if (status < 400) return;
      cause = new Error(`The store answered ${status}.`);
      if (status < 500 && status !== 408 && status !== 429) break;
    } catch (error) {
      cause = error;
    }
    if (tried < tries) await sleep(100 * 4 ** tried);
  }
  throw marketplaceErrors.artifact_store_unavailable({ cause });
}

async function* bytesOf({ body }: Response): AsyncGenerator<Buffer> {
  for await (const chunk of body ?? []) yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
