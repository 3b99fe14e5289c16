import { describe, expect, it } from "vitest";
import { isRevopsError } from "../error.ts";
import type { CalendarCycle, Cycle } from "./cycle.ts";
import { nextPeriod, periodAt, periodByIndex, periodsBetween, previousPeriod } from "./period.ts";

const utc = (text: string) => new Date(`${text}Z`);
const monthly = (anchor: string, timeZone?: string): CalendarCycle => ({
  kind: "calendar",
  unit: "month",
  anchor: new Date(anchor),
  ...(timeZone === undefined ? {} : { timeZone }),
});
const thirtyDays: Cycle = { kind: "fixed", days: 30, anchor: utc("2026-01-10T08:00:00") };
const starts = (cycle: Cycle, from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, step) => periodByIndex(cycle, from + step).start.toISOString());
const days = (cycle: Cycle, from: number, to: number) => starts(cycle, from, to).map((start) => start.slice(0, 10));
const codeOf = (action: () => unknown) => {
  try {
    action();
  } catch (error) {
    return isRevopsError(error) ? error.code : error;
  }
  return "no error";
};

describe("a fixed cycle", () => {
  it("lasts exactly 30 × 24 hours, across a change of the clock too", () => {
    expect(periodAt(thirtyDays, utc("2026-03-29T03:00:00"))).toEqual({
      index: 2,
      start: utc("2026-03-11T08:00:00"),
      end: utc("2026-04-10T08:00:00"),
    });
  });

  it("gives the edge to the later period, to the millisecond", () => {
    expect(periodAt(thirtyDays, utc("2026-02-09T07:59:59.999")).index).toBe(0);
    expect(periodAt(thirtyDays, utc("2026-02-09T08:00:00.000")).index).toBe(1);
  });

  it("counts below zero before the anchor, and the period next to it is -1, not a second 0", () => {
    expect(periodAt(thirtyDays, utc("2026-01-10T07:59:59.999"))).toEqual({
      index: -1,
      start: utc("2025-12-11T08:00:00"),
      end: thirtyDays.anchor,
    });
    expect(Object.is(periodByIndex(thirtyDays, -0).index, 0)).toBe(true);
  });

  it("does not slip by one where a division of large numbers rounds up", () => {
    const daily: Cycle = { kind: "fixed", days: 1, anchor: new Date(-8.64e15) };
    const end = 8.64e15 - 86_400_000;
    expect(periodAt(daily, new Date(end - 1)).end).toEqual(new Date(end));
  });
});

describe("a calendar cycle keeps its anchor's day", () => {
  it("31 January bills on the last day of every shorter month and comes back to the 31st", () => {
    expect(days(monthly("2027-01-31T12:00:00Z"), 0, 5)).toEqual([
      ...["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31", "2027-06-30"],
    ]);
    expect(days(monthly("2028-01-31T12:00:00Z"), 1, 2)).toEqual(["2028-02-29", "2028-03-31"]);
  });

  it("30 January is not dragged to the 28th by the first February", () => {
    expect(days(monthly("2027-01-30T00:00:00Z"), 1, 3)).toEqual(["2027-02-28", "2027-03-30", "2027-04-30"]);
  });

  it("stepping period by period arrives where the index says, also through February", () => {
    const cycle = monthly("2027-01-31T12:00:00Z");
    let period = periodByIndex(cycle, 0);
    for (let step = 0; step < 48; step += 1) period = nextPeriod(cycle, period);
    expect(period).toEqual(periodByIndex(cycle, 48));
    for (let step = 0; step < 96; step += 1) period = previousPeriod(cycle, period);
    expect(period).toEqual(periodByIndex(cycle, -48));
  });

  it("29 February bills a year on 28 February and on the 29th again in the next leap year", () => {
    const yearly: Cycle = { kind: "calendar", unit: "year", anchor: utc("2024-02-29T10:00:00") };
    expect(days(yearly, -4, 4)).toEqual([
      ...["2020-02-29", "2021-02-28", "2022-02-28", "2023-02-28"],
      ...["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"],
    ]);
    expect(periodAt(yearly, utc("2025-02-28T09:59:59.999")).index).toBe(0);
    expect(periodAt(yearly, utc("2025-02-28T10:00:00.000")).index).toBe(1);
  });

  it("1900 and 2100 are no leap years, 2000 is one, and the year 50 is not 1950", () => {
    const yearly: Cycle = { kind: "calendar", unit: "year", anchor: utc("2000-02-29T00:00:00") };
    expect(days(yearly, -100, -100)).toEqual(["1900-02-28"]);
    expect(days(yearly, 100, 100)).toEqual(["2100-02-28"]);
    expect(days(yearly, -1950, -1950)).toEqual(["0050-02-28"]);
  });

  it("every three months from 30 November", () => {
    const quarterly: Cycle = { ...monthly("2026-11-30T00:00:00Z"), count: 3 };
    expect(days(quarterly, -1, 3)).toEqual(["2026-08-30", "2026-11-30", "2027-02-28", "2027-05-30", "2027-08-30"]);
  });
});

describe("a range of periods", () => {
  it("holds every period that shares an instant with it, none that only touches its end", () => {
    const found = [...periodsBetween(thirtyDays, utc("2026-02-09T08:00:00"), utc("2026-04-10T08:00:00"))];
    expect(found.map(({ index }) => index)).toEqual([1, 2]);
    expect(found).toEqual([periodByIndex(thirtyDays, 1), periodByIndex(thirtyDays, 2)]);
    expect([...periodsBetween(thirtyDays, thirtyDays.anchor, thirtyDays.anchor)]).toEqual([]);
  });

  it("refuses a range made by a corrupt date before it walks it", () => {
    const daily: Cycle = { kind: "fixed", days: 1, anchor: utc("2026-01-01T00:00:00") };
    expect(codeOf(() => periodsBetween(daily, new Date(0), utc("9999-01-01T00:00:00")))).toBe("too_many_periods");
    expect(codeOf(() => periodsBetween(daily, utc("2026-01-02T00:00:00"), daily.anchor))).toBe("invalid_time");
  });
});

describe("what cannot be answered is refused by code", () => {
  it.each([
    ["no days", { ...thirtyDays, days: 0 }],
    ["negative days", { ...thirtyDays, days: -30 }],
    ["half a day", { ...thirtyDays, days: 0.5 }],
    ["NaN days", { ...thirtyDays, days: Number.NaN }],
    ["days beyond a century", { ...thirtyDays, days: 36_526 }],
    ["an Invalid Date for an anchor", { ...thirtyDays, anchor: new Date(Number.NaN) }],
    ["no months", { ...monthly("2026-01-01T00:00:00Z"), count: 0 }],
    ["one and a half months", { ...monthly("2026-01-01T00:00:00Z"), count: 1.5 }],
  ] satisfies [string, Cycle][])("%s", (_, cycle) => {
    expect(codeOf(() => periodAt(cycle, utc("2026-01-01T00:00:00")))).toBe("invalid_cycle");
  });

  it("a unit that only a corrupt row can have", () => {
    const cycle = { ...monthly("2026-01-01T00:00:00Z"), unit: "week" as "month" };
    expect(codeOf(() => periodByIndex(cycle, 0))).toBe("invalid_cycle");
  });

  it.each(["Mars/Olympus_Mons", "", "+05:30", "2026-01-01T00:00Z[Asia/Kathmandu]", "__proto__"])(
    "the zone %j",
    (zone) => {
      expect(codeOf(() => periodAt(monthly("2026-01-01T00:00:00Z", zone), new Date(0)))).toBe("unknown_time_zone");
    },
  );

  it("times and indexes that do not exist or that no date can hold", () => {
    expect(codeOf(() => periodAt(thirtyDays, new Date(Number.NaN)))).toBe("invalid_time");
    expect(codeOf(() => periodByIndex(thirtyDays, 0.5))).toBe("invalid_time");
    expect(codeOf(() => periodByIndex(thirtyDays, Number.MAX_SAFE_INTEGER))).toBe("invalid_time");
    expect(codeOf(() => periodAt(thirtyDays, new Date(8.64e15)))).toBe("invalid_time");
    for (const zone of ["UTC", "Asia/Tokyo"]) {
      const cycle = monthly("2026-01-01T00:00:00Z", zone);
      expect(codeOf(() => periodByIndex(cycle, Number.MAX_SAFE_INTEGER))).toBe("invalid_time");
      expect(codeOf(() => periodAt(cycle, new Date(8.64e15)))).toBe("invalid_time");
      expect(codeOf(() => periodAt(cycle, new Date(-8.64e15)))).toBe("invalid_time");
    }
  });
});
