import { expect, test } from "vitest";
import { testClock } from "./clock.ts";

test("time stands still until it is moved", () => {
  const clock = testClock("2026-01-31T12:00:00Z");
  expect(clock.now().toISOString()).toBe("2026-01-31T12:00:00.000Z");
  expect(clock.now().toISOString()).toBe("2026-01-31T12:00:00.000Z");
  clock.advance(86_400_000);
  expect(clock.now().toISOString()).toBe("2026-02-01T12:00:00.000Z");
});

test("a caller that changes the date it was given does not move the clock", () => {
  const start = new Date("2026-01-01T00:00:00Z");
  const clock = testClock(start);
  start.setUTCFullYear(1999);
  clock.now().setUTCFullYear(1999);
  clock.advance(0).setUTCFullYear(1999);
  expect(clock.now().toISOString()).toBe("2026-01-01T00:00:00.000Z");
});

test("set() may go backwards, advance() may not", () => {
  const clock = testClock();
  expect(clock.set("2020-02-29T00:00:00Z")).toEqual(new Date("2020-02-29T00:00:00Z"));
  expect(() => clock.advance(-1)).toThrow(RangeError);
  expect(() => clock.advance(Number.NaN)).toThrow(RangeError);
  expect(clock.now()).toEqual(new Date("2020-02-29T00:00:00Z"));
});

test("what is not an instant is refused and changes nothing", () => {
  expect(() => testClock("soon")).toThrow(/soon is not an instant/);
  const clock = testClock("2026-05-01T00:00:00Z");
  expect(() => clock.set(new Date(Number.NaN))).toThrow(RangeError);
  expect(() => clock.advance(Number.POSITIVE_INFINITY)).toThrow(RangeError);
  expect(clock.now()).toEqual(new Date("2026-05-01T00:00:00Z"));
});
