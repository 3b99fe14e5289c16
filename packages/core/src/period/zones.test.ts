import { describe, expect, it } from "vitest";
import type { CalendarCycle } from "./cycle.ts";
import { periodAt, periodByIndex, periodsBetween } from "./period.ts";

const monthly = (anchor: string, timeZone: string): CalendarCycle => ({
  kind: "calendar",
  unit: "month",
  anchor: new Date(anchor),
  timeZone,
});
const startOf = (cycle: CalendarCycle, index: number) => periodByIndex(cycle, index).start.toISOString();

describe("a customer's own time zone", () => {
  it("east of UTC, the 1st at local midnight is one boundary a month, not one of each calendar", () => {
    // 1 January 00:00 in Auckland is 31 December in UTC: an engine that adds months in UTC bills on the 31st, then twice.
    const cycle = monthly("2025-12-31T11:00:00Z", "Pacific/Auckland");
    const year = [...periodsBetween(cycle, cycle.anchor, new Date("2026-12-31T11:00:00Z"))];
    expect(year).toHaveLength(12);
    expect(year.map(({ start }) => start.toISOString().slice(0, 13))).toEqual([
      ...["2025-12-31T11", "2026-01-31T11", "2026-02-28T11", "2026-03-31T11", "2026-04-30T12", "2026-05-31T12"],
      ...["2026-06-30T12", "2026-07-31T12", "2026-08-31T12", "2026-09-30T11", "2026-10-31T11", "2026-11-30T11"],
    ]);
  });

  it("a local 31st that is still the 30th in UTC stays the last day of every month", () => {
    const cycle = monthly("2027-01-30T22:00:00Z", "Asia/Tokyo"); // 31 January, 07:00
    expect([1, 2, 3].map((index) => startOf(cycle, index))).toEqual([
      ...["2027-02-27T22:00:00.000Z", "2027-03-30T22:00:00.000Z", "2027-04-29T22:00:00.000Z"],
    ]);
  });

  it("keeps the wall-clock time over a change of the clock, so the period is an hour shorter or longer", () => {
    const cycle = monthly("2024-02-15T14:00:00Z", "America/New_York"); // 09:00
    expect(startOf(cycle, 1)).toBe("2024-03-15T13:00:00.000Z");
    expect(startOf(cycle, 9)).toBe("2024-11-15T14:00:00.000Z");
  });

  it("Kathmandu, 5:45 east", () => {
    const cycle = monthly("2026-01-31T18:15:00Z", "Asia/Kathmandu"); // 1 February, 00:00
    expect(periodAt(cycle, new Date("2026-02-28T18:14:59.999Z")).index).toBe(0);
    expect(periodAt(cycle, new Date("2026-02-28T18:15:00.000Z")).index).toBe(1);
  });
});

describe("a local time that does not exist or exists twice", () => {
  it("skipped by the clock: as much later as the clock was put forward, and back to its own time after", () => {
    const cycle = monthly("2024-02-10T07:30:00Z", "America/New_York"); // 02:30, which 10 March has not
    expect(startOf(cycle, 1)).toBe("2024-03-10T07:30:00.000Z"); // 03:30
    expect(startOf(cycle, 2)).toBe("2024-04-10T06:30:00.000Z"); // 02:30
  });

  it("there twice: the earlier one", () => {
    const cycle = monthly("2024-10-03T05:30:00Z", "America/New_York"); // 01:30, twice on 3 November
    expect(startOf(cycle, 1)).toBe("2024-11-03T05:30:00.000Z");
  });

  it("an anchor in the second of the two stays the instant at which the customer signed up", () => {
    const cycle = monthly("2024-11-03T06:30:00Z", "America/New_York"); // the second 01:30
    expect(startOf(cycle, 0)).toBe("2024-11-03T06:30:00.000Z");
    expect(periodAt(cycle, new Date("2024-11-03T06:29:59.999Z")).index).toBe(-1);
    expect(periodAt(cycle, cycle.anchor).index).toBe(0);
    expect(startOf(cycle, 12)).toBe("2025-11-03T06:30:00.000Z");
  });

  it("a midnight that was skipped: São Paulo 2018, Cairo 2023", () => {
    const saoPaulo = monthly("2018-10-04T03:00:00Z", "America/Sao_Paulo");
    expect(startOf(saoPaulo, 1)).toBe("2018-11-04T03:00:00.000Z"); // 01:00 local
    expect(periodAt(saoPaulo, new Date("2018-11-04T02:59:59.999Z")).index).toBe(0);
    const cairo = monthly("2023-03-27T22:00:00Z", "Africa/Cairo");
    expect(startOf(cairo, 1)).toBe("2023-04-27T22:00:00.000Z");
    expect(periodAt(cairo, new Date("2023-04-27T22:00:00Z")).index).toBe(1);
  });

  it("a day that was skipped: Samoa has no 30 December 2011, and no period of it is empty", () => {
    const apia = monthly("2011-11-30T20:00:00Z", "Pacific/Apia"); // 30 November, 10:00
    expect(startOf(apia, 1)).toBe("2011-12-30T20:00:00.000Z"); // 31 December, 10:00
    expect(startOf(apia, 2)).toBe("2012-01-29T20:00:00.000Z"); // 30 January, 10:00
    for (const at of ["2011-12-30T19:59:59.999Z", "2011-12-30T20:00:00Z", "2011-12-30T10:00:00Z"]) {
      const { start, end } = periodAt(apia, new Date(at));
      expect(start.getTime()).toBeLessThanOrEqual(Date.parse(at));
      expect(end.getTime()).toBeGreaterThan(Date.parse(at));
    }
  });

  it("every ten minutes around a change of the clock are in exactly one period, and none of them loops", () => {
    const changes: [string, string][] = [
      ["America/New_York", "2024-03-10T07:00:00Z"],
      ["America/New_York", "2024-11-03T06:00:00Z"],
      ["America/Sao_Paulo", "2018-11-04T03:00:00Z"],
      ["Africa/Cairo", "2023-04-27T22:00:00Z"],
      ["Australia/Lord_Howe", "2024-04-06T15:00:00Z"],
      ["Pacific/Apia", "2011-12-30T10:00:00Z"],
    ];
    for (const [timeZone, change] of changes) {
      const instant = Date.parse(change);
      for (const shift of [-3600, -1800, -1, 0, 1, 1800, 3600]) {
        const cycle = monthly(new Date(instant + shift * 1000).toISOString(), timeZone);
        const later: CalendarCycle = { ...cycle, anchor: periodByIndex(cycle, -1).start };
        for (let second = -7200; second <= 7200; second += 600) {
          const at = new Date(instant + second * 1000);
          const { index, start, end } = periodAt(later, at);
          expect(start <= at && at < end, `${timeZone} ${at.toISOString()}`).toBe(true);
          expect(periodByIndex(later, index + 1).start).toEqual(end);
        }
      }
    }
  });
});
