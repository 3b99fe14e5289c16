import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { findSecrets } from "./check-logs.mjs";

const secret = randomBytes(32).toString("base64url");
const key = `rvk_01jd3v8k2m0123456789abcdef_0123456789ABCDEFGHIJKLMNOPQRSTUV1jqjq2`;

test("a log that holds ids, prefixes and hashes of ids is in order", () => {
  const lines = ["{ keyId: 'key_01jd3v8k2m0123456789abcdef' } used", `{ prefix: '${key.slice(0, 30)}' } made`, ""];
  expect(findSecrets(lines, [secret])).toEqual([]);
});

test.each([
  ["a whole secret", `{ token: '${secret}' } oops`],
  ["twenty characters of one", `{ token: '${secret.slice(11, 31)}' } oops`],
  ["a key", `{ key: '${key}' } oops`],
  ["eight characters of a key's secret", `${key.slice(0, 39)} oops`],
  ["a refresh token of another process", `rvf_${"A".repeat(43)}`],
  ["a signed token", "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c3JfMSJ9.AAAAAAAAAAAA"],
  ["a hash of a password", "$argon2id$v=19$m=19456,t=2,p=1$AAAA$AAAA"],
  ["a password", "{ body: { password: 'correct horse battery' } }"],
])("%s is found, and not shown", (_what, line) => {
  const found = findSecrets(["fine", line, line], [secret]);
  expect(found.length).toBeGreaterThan(0);
});
