/** How other billing engines went wrong, one test each: the file list of what must not happen here. */
import { describe, expect, it } from "vitest";
import { contains, daysRemaining } from "./interval.ts";
import { periodAt, periodByIndex, periodsBetween } from "./period.ts";

const date = (text: string) => new Date(text);
const month = (anchor: string, timeZone?: string) =>
  ({ kind: "calendar", unit: "month", anchor: date(anchor), ...(timeZone ? { timeZone } : {}) }) as const;
const starts = (cycle: ReturnType<typeof month>, from: string, to: string) =>
  [...periodsBetween(cycle, date(from), date(to))].map(({ start }) => start.toISOString());

describe("a change of the clock", () => {
  it.each([
    ["Europe/Berlin", "2026-03-29T00:30:00Z", "the hour that is left out"],
    ["Europe/Berlin", "2026-10-25T00:30:00Z", "the hour that comes twice, first time"],
    ["Europe/Berlin", "2026-10-25T01:30:00Z", "the hour that comes twice, second time"],
    ["America/Sao_Paulo", "2018-11-04T03:00:00Z", "the day that has no midnight"],
    ["Australia/Lord_Howe", "2026-04-04T15:00:00Z", "half an hour"],
    ["Pacific/Apia", "2011-12-30T10:00:00Z", "the day that was skipped"],
  ])("in %s at %s (%s): the next period begins after this one, so no loop walks on the spot", (timeZone, anchor) => {
    const cycle = month(anchor, timeZone);
    let at = date(anchor);
    for (let n = 0; n < 24; n++) {
      const period = periodAt(cycle, at);
      expect(period.index).toBe(n);
      expect(contains(period, at)).toBe(true);
      expect(period.end.getTime()).toBeGreaterThan(at.getTime());
      at = period.end;
    }
  });

  it("on the very day of the renewal bills once, and keeps the customer's own hour", () => {
    const cycle = month("2026-02-25T02:30:00Z", "Europe/Berlin");
    expect(starts(cycle, "2026-09-20T00:00:00Z", "2026-12-20T00:00:00Z")).toEqual([
      "2026-08-25T01:30:00.000Z",
      "2026-09-25T01:30:00.000Z",
      // 03:30 in Berlin, after the clock was put back at 03:00.
      "2026-10-25T02:30:00.000Z",
      "2026-11-25T02:30:00.000Z",
    ]);
  });
});

describe("a customer east or west of UTC", () => {
  it.each(["Pacific/Kiritimati", "Asia/Tokyo", "Asia/Kathmandu", "America/Los_Angeles", "Pacific/Pago_Pago"])(
    "%s is billed once a month, on the first of their own calendar",
    (timeZone) => {
      // Midnight of 1 January there.
      const anchor = midnightOf(date("2025-12-31T12:00:00Z"), timeZone);
      const cycle = { ...month("2026-01-01T00:00:00Z", timeZone), anchor };
      const year = [...periodsBetween(cycle, cycle.anchor, new Date(cycle.anchor.getTime() + 364 * 86_400_000))];
      expect(year).toHaveLength(12);
      for (const [index, { start }] of year.entries()) {
        const face = new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" }).format(start);
        expect(face).toBe(`2026-${String(index + 1).padStart(2, "0")}-01`);
      }
    },
  );

  it("whose month began there, not yet in UTC, is in the new month: no usage is counted to both", () => {
    const cycle = month("2025-12-31T15:00:00Z", "Asia/Tokyo");
    const before = periodAt(cycle, date("2026-01-31T14:59:59.999Z"));
    const after = periodAt(cycle, date("2026-01-31T15:00:00Z"));
    expect([before.index, after.index]).toEqual([0, 1]);
    expect(before.end).toEqual(after.start);
    expect(daysRemaining(after, after.start, "Asia/Tokyo")).toBe(28);
  });
});

describe("a start at the end of a month", () => {
  it.each([29, 30, 31])("on the %dth of January: never two periods in one month, never none, and no drift", (day) => {
    const cycle = month(`2026-01-${day}T09:00:00Z`);
    const days = starts(cycle, "2026-01-31T10:00:00Z", "2031-01-01T00:00:00Z").map((start) => start.slice(0, 10));
    const months = days.map((start) => start.slice(0, 7));
    expect(new Set(months).size).toBe(months.length);
    expect(months).toHaveLength(60);
    for (const start of days) {
      const [year = 0, number = 0, on = 0] = start.split("-").map(Number);
      expect(on).toBe(Math.min(day, new Date(Date.UTC(year, number, 0)).getUTCDate()));
    }
  });
});

describe("a leap day", () => {
  it("as a yearly anchor comes back in every leap year, and never falls into March", () => {
    const cycle = { kind: "calendar", unit: "year", anchor: date("2024-02-29T00:00:00Z") } as const;
    const days = [1, 2, 3, 4, 8, 76, 80].map((index) => periodByIndex(cycle, index).start.toISOString().slice(0, 10));
    expect(days).toEqual([
      "2025-02-28",
      "2026-02-28",
      "2027-02-28",
      "2028-02-29",
      "2032-02-29",
      // 2100 is no leap year.
      "2100-02-28",
      "2104-02-29",
    ]);
  });

  it("within a yearly period makes it a day longer, and the next one does not start a day early", () => {
    const cycle = { kind: "calendar", unit: "year", anchor: date("2023-03-01T00:00:00Z") } as const;
    const [first, second] = [periodByIndex(cycle, 0), periodByIndex(cycle, 1)];
    expect(daysRemaining(first, first.start)).toBe(366);
    expect(second.start).toEqual(date("2024-03-01T00:00:00Z"));
    expect(daysRemaining(second, second.start)).toBe(365);
  });

  it("does not shift a 30-day cycle, which knows no calendar", () => {
    const cycle = { kind: "fixed", days: 30, anchor: date("2024-02-01T00:00:00Z") } as const;
    expect(periodByIndex(cycle, 1).start).toEqual(date("2024-03-02T00:00:00Z"));
  });
});

it("a job that runs late, or after a year away, finds every period that it missed, each once", () => {
  const cycle = month("2026-01-31T12:00:00Z");
  const missed = starts(cycle, "2026-02-28T12:00:00Z", "2027-03-01T00:00:00Z");
  expect(missed).toHaveLength(13);
  expect(new Set(missed).size).toBe(13);
});

/** The instant at which a clock in the zone shows 1 January 2026, 00:00. */
function midnightOf(near: Date, timeZone: string): Date {
  const shown = new Intl.DateTimeFormat("en-CA", {
    timeZone,
    dateStyle: "short",
    timeStyle: "medium",
    hourCycle: "h23",
  });
  for (let minutes = -16 * 60; minutes <= 32 * 60; minutes += 15) {
    const at = new Date(Math.floor(near.getTime() / 60_000) * 60_000 + minutes * 60_000);
    if (shown.format(at) === "2026-01-01, 00:00:00") return at;
  }
  throw new Error(`No midnight in ${timeZone}.`);
}
