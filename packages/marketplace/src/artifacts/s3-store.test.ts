import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { credentials, openBucket } from "../../test/s3-double.ts";
import { s3ArtifactStore } from "./s3-store.ts";

const maxBytes = 10_000_000;

async function openStore(more: Partial<Parameters<typeof s3ArtifactStore>[0]> = {}) {
  const bucket = await openBucket();
  const temporaryDirectory = await mkdtemp(join(tmpdir(), "revops-s3-"));
  onTestFinished(() => rm(temporaryDirectory, { recursive: true, force: true }));
  const store = s3ArtifactStore({ url: bucket.url, ...credentials, temporaryDirectory, ...more });
  const pathOf = (sha256: string) => `/bucket/${sha256.slice(0, 2)}/${sha256}`;
  return { bucket, store, pathOf, left: () => readdir(temporaryDirectory) };
}

async function* inChunks(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

test("what is written in chunks is sent signed, with its digest, and read back whole and in parts", async () => {
  const { bucket, store, pathOf, left } = await openStore();
  const bytes = randomBytes(1_000_003);
  const written = await store.write(inChunks(bytes, 7_001), { maxBytes });
  expect(written).toEqual({ sha256: createHash("sha256").update(bytes).digest("hex"), size: bytes.length });
  expect(bucket.requests).toEqual([`PUT ${pathOf(written.sha256)}`]);
  expect((await buffer(store.read(written))).equals(bytes)).toBe(true);
  for (const [start, end] of [
    [0, 0],
    [70_000, 70_001],
    [1_000_002, 1_000_002],
  ] as const) {
    expect((await buffer(store.read(written, { start, end }))).equals(bytes.subarray(start, end + 1))).toBe(true);
  }
  // The digest was found right once: parts are read as such.
  expect(bucket.requests.filter((each) => each.startsWith("GET"))).toHaveLength(4);
  expect(await left()).toEqual([]);
});

test("a part of what nobody has verified yet is asked for again once it has been", async () => {
  const { bucket, store } = await openStore();
  const bytes = randomBytes(1_000_003);
  const written = await store.write(bytes, { maxBytes });
  const range = { start: 5, end: 900_000 };
  expect((await buffer(store.read(written, range))).equals(bytes.subarray(5, 900_001))).toBe(true);
  // The first is not left open beside the whole: a part, the whole, the part.
  expect(bucket.requests.filter((each) => each.startsWith("GET"))).toHaveLength(3);
});

test("a writer that breaks off, or sends too much, leaves nothing behind", async () => {
  const { bucket, store, left } = await openStore();
  async function* breaking() {
    yield Buffer.from("half of it");
    throw new Error("connection lost");
  }
  await expect(store.write(breaking(), { maxBytes })).rejects.toThrow("connection lost");
  await expect(store.write(randomBytes(100), { maxBytes: 99 })).rejects.toMatchObject({ code: "artifact_too_large" });
  expect([await left(), bucket.objects.size]).toEqual([[], 0]);
});

test("another object under its name is noticed: the whole never ends well, a part never begins", async () => {
  const { bucket, store, pathOf } = await openStore();
  const bytes = randomBytes(200_000);
  const written = await store.write(bytes, { maxBytes });
  await buffer(store.read(written, { start: 0, end: 9 }));
  const damaged = Buffer.from(bytes);
  damaged[150_000] = (bytes[150_000] ?? 0) ^ 1;
  bucket.objects.set(pathOf(written.sha256), damaged);
  const corrupt = { code: "artifact_corrupt" };
  await expect(buffer(store.read(written))).rejects.toMatchObject(corrupt);
  await expect(buffer(store.read(written, { start: 0, end: 9 }))).rejects.toMatchObject(corrupt);
  bucket.objects.set(pathOf(written.sha256), bytes.subarray(1));
  await expect(buffer(store.read(written))).rejects.toMatchObject(corrupt);
  await expect(buffer(store.read(written, { start: 0, end: 9 }))).rejects.toMatchObject(corrupt);
  bucket.objects.clear();
  await expect(buffer(store.read(written))).rejects.toMatchObject(corrupt);
});

test("what fails on the other side is tried again, and what is refused is not", async () => {
  const { bucket, store } = await openStore();
  const bytes = randomBytes(1_000);
  bucket.failures.push(503, 500);
  const written = await store.write(bytes, { maxBytes });
  bucket.failures.push(429);
  expect((await buffer(store.read(written))).equals(bytes)).toBe(true);
  bucket.failures.push(500, 500, 500);
  const away = { code: "artifact_store_unavailable" };
  await expect(buffer(store.read(written))).rejects.toMatchObject(away);
  for (const wrong of [{ secretAccessKey: "another" }, { region: "eu-central-1" }]) {
    const { bucket: other, store: stranger } = await openStore(wrong);
    await expect(stranger.write(bytes, { maxBytes })).rejects.toMatchObject(away);
    expect([other.requests, other.objects.size]).toEqual([[], 0]);
  }
});
