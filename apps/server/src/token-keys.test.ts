import { generateKeyPairSync, type JsonWebKey } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ConfigError } from "./config-error.ts";
import { readTokenKeySet } from "./token-keys.ts";

const ec = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const rsa = generateKeyPairSync("rsa", { modulusLength: 2_048 });
const weak = generateKeyPairSync("rsa", { modulusLength: 1_024 });
const es: JsonWebKey = { ...ec.privateKey.export({ format: "jwk" }), kid: "es-1", alg: "ES256" };
const rs: JsonWebKey = { ...rsa.privateKey.export({ format: "jwk" }), kid: "rs-1", alg: "RS256", use: "sig" };
const old: JsonWebKey = { ...ec.publicKey.export({ format: "jwk" }), kid: "es-0", alg: "ES256" };
const set = (...keys: object[]) => JSON.stringify({ keys });

test("a key set is JSON or a file of it; the first key signs, and public ones verify", async () => {
  const folder = await mkdtemp(join(tmpdir(), "revops-keys-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "keys.json");
  await writeFile(file, set(es, rs, old));
  for (const value of [file, set(es, rs, old), ` ${set(es, rs, old)}`]) {
    expect(readTokenKeySet(value).map(({ kid, algorithm, key }) => [kid, algorithm, key])).toEqual([
      ["es-1", "ES256", expect.objectContaining({ type: "private" })],
      ["rs-1", "RS256", expect.objectContaining({ type: "private" })],
      ["es-0", "ES256", expect.objectContaining({ type: "public" })],
    ]);
  }
});

test.each<[string, string]>([
  ["a file that is not there", "/nowhere/keys.json"],
  ["no JSON", "{"],
  ["no set", "{}"],
  ["an empty set", set()],
  ["a key without a kid", set({ ...es, kid: undefined })],
  ["a kid that is no name", set({ ...es, kid: "../etc" })],
  ["an algorithm that takes a secret", set({ ...es, alg: "HS256" })],
  ["a secret", set({ kty: "oct", k: "AAAA", kid: "a", alg: "ES256" })],
  ["a public key in front", set(old, es)],
  ["two keys of one name", set(es, { ...rs, kid: "es-1" })],
  ["a key of another kind", set({ ...es, alg: "RS256" })],
  ["a short RSA key", set({ ...weak.privateKey.export({ format: "jwk" }), kid: "a", alg: "RS256" })],
  ["a broken key", set({ ...es, x: "AA" })],
])("%s stops the start with one line that shows nothing of a key", (_name, value) => {
  const read = () => readTokenKeySet(value);
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(/^JWT_KEYS [^\n]+\.$/);
  expect(read).not.toThrow(es.d);
});
