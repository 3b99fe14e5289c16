import { describe, expect, it } from "vitest";
import { contains, daysRemaining, fractionElapsed } from "./interval.ts";
import { periodByIndex } from "./period.ts";

const interval = { start: new Date("2026-04-01T00:00:00Z"), end: new Date("2026-05-01T00:00:00Z") };

describe("an interval", () => {
  it("contains its start and not its end: an event at the edge is billed once", () => {
    expect(contains(interval, interval.start)).toBe(true);
    expect(contains(interval, new Date("2026-04-30T23:59:59.999Z"))).toBe(true);
    expect(contains(interval, interval.end)).toBe(false);
    expect(contains(interval, new Date("2026-03-31T23:59:59.999Z"))).toBe(false);
  });

  it("rounds the days remaining up, and has none at its end or after", () => {
    const remaining = (at: string) => daysRemaining(interval, new Date(at));
    expect(remaining("2026-04-01T00:00:00Z")).toBe(30);
    expect(remaining("2026-04-01T00:00:00.001Z")).toBe(30);
    expect(remaining("2026-04-30T00:00:00Z")).toBe(1);
    expect(remaining("2026-04-30T23:59:59.999Z")).toBe(1);
    expect(remaining("2026-05-01T00:00:00Z")).toBe(0);
    expect(remaining("2026-06-01T00:00:00Z")).toBe(0);
    expect(remaining("2026-01-01T00:00:00Z")).toBe(30);
  });

  it("does not show 31 days of a 30-day November because an hour was put back in it", () => {
    const timeZone = "America/New_York";
    const anchor = new Date("2024-11-01T04:00:00Z");
    const november = periodByIndex({ kind: "calendar", unit: "month", anchor, timeZone }, 0);
    expect(daysRemaining(november, november.start)).toBe(31);
    expect(daysRemaining(november, november.start, timeZone)).toBe(30);
  });

  it("has a day left while it lasts, though the clock is put back over all of it", () => {
    const hour = { start: new Date("2024-11-03T05:30:00Z"), end: new Date("2024-11-03T06:15:00Z") };
    expect(daysRemaining(hour, hour.start, "America/New_York")).toBe(1);
  });

  it("tells the elapsed part as two integers, never outside of it", () => {
    const totalMs = 30 * 86_400_000;
    expect(fractionElapsed(interval, new Date("2026-04-11T00:00:00Z"))).toEqual({ elapsedMs: totalMs / 3, totalMs });
    expect(fractionElapsed(interval, new Date("2026-01-01T00:00:00Z"))).toEqual({ elapsedMs: 0, totalMs });
    expect(fractionElapsed(interval, new Date("2027-01-01T00:00:00Z"))).toEqual({ elapsedMs: totalMs, totalMs });
  });

  it("refuses an Invalid Date, which would compare false with everything", () => {
    expect(() => contains(interval, new Date(Number.NaN))).toThrow("Invalid Date");
    expect(() => fractionElapsed(interval, new Date(Number.NaN))).toThrow("Invalid Date");
  });
});
