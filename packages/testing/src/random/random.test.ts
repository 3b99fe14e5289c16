import { expect, test, vi } from "vitest";
import { seededRandom } from "./random.ts";

test("a printed seed repeats the run, another one does not", () => {
  const printed = vi.spyOn(console, "info").mockImplementation(() => undefined);
  vi.stubEnv("SEED", "42");
  const draw = () => {
    const random = seededRandom("draw");
    return Array.from({ length: 50 }, () => random.integer(1, 6));
  };
  const first = draw();
  expect(draw()).toEqual(first);
  expect(Math.min(...first)).toBe(1);
  expect(Math.max(...first)).toBe(6);
  expect(printed).toHaveBeenCalledWith("draw: SEED=42");
  vi.stubEnv("SEED", "43");
  expect(draw()).not.toEqual(first);
  vi.stubEnv("SEED", "x");
  expect(draw).toThrow("not a whole number");
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});
