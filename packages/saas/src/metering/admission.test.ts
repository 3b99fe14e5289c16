import { expect, test } from "vitest";
import { refusalOf } from "./admission.ts";

test.each([
  ["the last unit", 99, 1, 100, null],
  ["one too many", 100, 1, 100, "quota_exceeded"],
  ["nothing, at the limit", 100, 0, 100, null],
  ["nothing, above the limit", 120, 0, 100, null],
  ["giving back above the limit", 120, -5, 100, null],
  ["giving back more than there is", 4, -5, 100, "usage_below_zero"],
  ["anything where there is no limit", 1e15, 1, null, null],
  ["beyond the exact numbers", Number.MAX_SAFE_INTEGER, 1, null, "usage_out_of_range"],
  ["of a feature that the tier has not", 0, 1, 0, "not_in_plan"],
])("%s", (_what, used, quantity, limit, refusal) => {
  expect(refusalOf(used, quantity, limit)).toBe(refusal);
});
