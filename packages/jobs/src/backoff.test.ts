import { expect, test } from "vitest";
import { backoffMs } from "./backoff.ts";

test("doubles from a second up to an hour, never less than half of the step", () => {
  expect(backoffMs(1, 0)).toBe(500);
  expect(backoffMs(1, 0.999)).toBeLessThanOrEqual(1_000);
  expect(backoffMs(4, 0)).toBe(4_000);
  expect(backoffMs(50, 0)).toBe(1_800_000);
  expect(backoffMs(50, 1)).toBe(3_600_000);
});
