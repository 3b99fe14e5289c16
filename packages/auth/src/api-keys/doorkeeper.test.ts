import { expect, test } from "vitest";
import { createDoorkeeper } from "./doorkeeper.ts";
import { createKeySecret, writeKey } from "./key-text.ts";

const id = "key_01jd3v8k2m0123456789abcdef";

test("what comes again was seen, what comes for the first time was not", () => {
  const doorkeeper = createDoorkeeper();
  const keys = Array.from({ length: 10_000 }, () => writeKey({ id, secret: createKeySecret() }));
  // Two may well have the same mark; that costs the second one a place in the cache.
  expect(keys.filter(doorkeeper.hasSeen).length).toBeLessThan(100);
  expect(keys.filter(doorkeeper.hasSeen)).toHaveLength(10_000);
});

test("a crowd of others makes it forget, so that it never takes all for known", () => {
  const doorkeeper = createDoorkeeper();
  const body = writeKey({ id, secret: createKeySecret() }).slice(0, -6);
  for (let n = 0; n < 400_000; n++) doorkeeper.hasSeen(body + String(n).padStart(6, "0"));
  const keys = Array.from({ length: 1_000 }, () => writeKey({ id, secret: createKeySecret() }));
  expect(keys.filter(doorkeeper.hasSeen).length).toBeLessThan(200);
});
