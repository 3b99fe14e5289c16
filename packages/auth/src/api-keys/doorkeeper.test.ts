import { expect, test } from "vitest";
import { wholeDigest } from "./digest.ts";
import { createDoorkeeper } from "./doorkeeper.ts";

test("what comes again was seen, what comes for the first time was not", () => {
  const doorkeeper = createDoorkeeper();
  const digests = Array.from({ length: 1_000 }, (_, n) => wholeDigest(`key ${n}`));
  expect(digests.filter(doorkeeper.hasSeen)).toEqual([]);
  // A few share a place and forget one another; that costs each a query.
  expect(digests.filter(doorkeeper.hasSeen).length).toBeGreaterThan(950);
});

test("a crowd of others makes it forget", () => {
  const doorkeeper = createDoorkeeper();
  doorkeeper.hasSeen(wholeDigest("a key"));
  for (let n = 0; n < 500_000; n++) doorkeeper.hasSeen(wholeDigest(`other ${n}`));
  expect(doorkeeper.hasSeen(wholeDigest("a key"))).toBe(false);
});
