import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { fileArtifactStore } from "./file-store.ts";

const maxBytes = 10_000_000;
const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

async function openStore() {
  const directory = await mkdtemp(join(tmpdir(), "revops-artifacts-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const pathOf = (sha256: string) => join(directory, sha256.slice(0, 2), sha256);
  return { directory, pathOf, store: fileArtifactStore({ directory }) };
}

async function* inChunks(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

test("what is written in chunks is read back whole, under its digest, once", async () => {
  const { directory, store, pathOf } = await openStore();
  const bytes = randomBytes(1_000_003);
  const written = await store.write(inChunks(bytes, 7_001), { maxBytes });
  expect(written).toEqual({ sha256: digest(bytes), size: bytes.length });
  expect(await store.write(bytes, { maxBytes })).toEqual(written);
  expect((await buffer(store.read(written))).equals(bytes)).toBe(true);
  expect((await stat(pathOf(written.sha256))).size).toBe(bytes.length);
  expect(await readdir(join(directory, "incoming"))).toEqual([]);
});

test("the same artifact written by 20 at once stays whole", async () => {
  const { store } = await openStore();
  const bytes = randomBytes(300_000);
  const written = await Promise.all(
    Array.from({ length: 20 }, () => store.write(inChunks(bytes, 1_000), { maxBytes })),
  );
  expect(new Set(written.map(({ sha256 }) => sha256))).toEqual(new Set([digest(bytes)]));
  const reads = await Promise.all(written.map((each) => buffer(store.read(each))));
  expect(reads.every((read) => read.equals(bytes))).toBe(true);
});

test.for([
  [0, 0],
  [0, 99_999],
  [70_000, 70_001],
  [99_999, 99_999],
] as const)("bytes %d to %d are those bytes", async ([start, end]) => {
  const { store } = await openStore();
  const bytes = randomBytes(100_000);
  const written = await store.write(bytes, { maxBytes });
  const read = await buffer(store.read(written, { start, end }));
  expect(read.equals(bytes.subarray(start, end + 1))).toBe(true);
});

test("a writer that breaks off leaves nothing behind", async () => {
  const { directory, store } = await openStore();
  async function* breaking() {
    yield Buffer.from("half of it");
    throw new Error("connection lost");
  }
  await expect(store.write(breaking(), { maxBytes })).rejects.toThrow("connection lost");
  const large = store.write(inChunks(randomBytes(100), 10), { maxBytes: 99 });
  await expect(large).rejects.toMatchObject({ code: "artifact_too_large" });
  expect(await readdir(directory)).toEqual(["incoming"]);
  expect(await readdir(join(directory, "incoming"))).toEqual([]);
});

test("a flipped byte is noticed: the whole never ends well, a range never begins", async () => {
  const { store, pathOf } = await openStore();
  const bytes = randomBytes(200_000);
  const written = await store.write(bytes, { maxBytes });
  await buffer(store.read(written, { start: 0, end: 9 }));
  const damaged = Buffer.from(bytes);
  damaged[150_000] = (bytes[150_000] ?? 0) ^ 1;
  await writeFile(pathOf(written.sha256), damaged);

  let given = 0;
  const whole = (async () => {
    for await (const chunk of store.read(written)) given += chunk.length;
  })();
  await expect(whole).rejects.toMatchObject({ code: "artifact_corrupt" });
  expect(given).toBeLessThan(bytes.length);
  const range = buffer(store.read(written, { start: 0, end: 9 }));
  await expect(range).rejects.toMatchObject({ code: "artifact_corrupt" });

  await store.write(bytes, { maxBytes });
  expect((await buffer(store.read(written))).equals(bytes)).toBe(true);
});

test("a missing and a shortened file are noticed before the first byte", async () => {
  const { store, pathOf } = await openStore();
  const written = await store.write(randomBytes(1_000), { maxBytes });
  await truncate(pathOf(written.sha256), 999);
  await expect(buffer(store.read(written))).rejects.toMatchObject({ code: "artifact_corrupt" });
  await rm(pathOf(written.sha256));
  await expect(buffer(store.read(written))).rejects.toMatchObject({ code: "artifact_corrupt" });
});

test("what a killed process left half-written is cleared a day later, and not what others are writing now", async () => {
  const { directory, store } = await openStore();
  await store.write(Buffer.from("x"), { maxBytes });
  const [old, recent] = ["old", "recent"].map((name) => join(directory, "incoming", name));
  for (const path of [old, recent]) await writeFile(path ?? "", "half");
  const twoDaysAgo = new Date(Date.now() - 2 * 86_400_000);
  await utimes(old ?? "", twoDaysAgo, twoDaysAgo);
  await fileArtifactStore({ directory }).write(Buffer.from("y"), { maxBytes });
  expect(await readdir(join(directory, "incoming"))).toEqual(["recent"]);
});
