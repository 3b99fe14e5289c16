import { expect, test } from "vitest";
import { standingOf } from "./limits.ts";

test.each([
  [79_999, 100_000, { remaining: 20_001, percent: 79.9, nearLimit: false }],
  [80_000, 100_000, { remaining: 20_000, percent: 80, nearLimit: true }],
  [99_999, 100_000, { remaining: 1, percent: 99.9, nearLimit: true }],
  [100_000, 100_000, { remaining: 0, percent: 100, nearLimit: true }],
  [12, 10, { remaining: 0, percent: 120, nearLimit: true }],
  [0, 0, { remaining: 0, percent: 0, nearLimit: false }],
  [3, 0, { remaining: 0, percent: 100, nearLimit: false }],
  [7, null, { remaining: null, percent: null, nearLimit: false }],
  // Percent times used leaves the exact numbers of a float here.
  [Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER, { remaining: 1, percent: 99.9, nearLimit: true }],
])("%d of %d", (used, limit, standing) => {
  expect(standingOf(used, limit)).toEqual(standing);
});
