import { describe, expect, it } from "vitest";
import { type BucketInterval, bucketStart } from "./bucket.ts";

const start = (interval: BucketInterval, at: string, zone?: string) =>
  bucketStart(interval, new Date(at), zone).toISOString();

describe("a bucket of the usage history", () => {
  it("in UTC, before 1970 too", () => {
    expect(start("hour", "2026-07-01T13:59:59.999Z")).toBe("2026-07-01T13:00:00.000Z");
    expect(start("day", "2026-07-01T13:59:59.999Z")).toBe("2026-07-01T00:00:00.000Z");
    expect(start("day", "1969-12-31T23:59:59.999Z", "Etc/UTC")).toBe("1969-12-31T00:00:00.000Z");
  });

  it("Kathmandu's hours start at :15 UTC, and its days at 18:15", () => {
    expect(start("hour", "2026-07-01T13:14:00Z", "Asia/Kathmandu")).toBe("2026-07-01T12:15:00.000Z");
    expect(start("day", "2026-07-01T18:14:59Z", "Asia/Kathmandu")).toBe("2026-06-30T18:15:00.000Z");
    expect(start("day", "2026-07-01T18:15:00Z", "Asia/Kathmandu")).toBe("2026-07-01T18:15:00.000Z");
  });

  it("a day without midnight starts at its first instant", () => {
    expect(start("day", "2018-11-04T15:00:00Z", "America/Sao_Paulo")).toBe("2018-11-04T03:00:00.000Z");
    expect(start("day", "2023-04-28T12:00:00Z", "Africa/Cairo")).toBe("2023-04-27T22:00:00.000Z");
    expect(start("day", "1919-03-31T04:40:00Z", "America/Toronto")).toBe("1919-03-31T04:30:00.000Z");
  });

  it("a midnight that comes twice starts one day, not two", () => {
    expect(start("day", "2024-11-03T04:30:00Z", "America/Havana")).toBe("2024-11-03T04:00:00.000Z");
    expect(start("day", "2024-11-03T05:30:00Z", "America/Havana")).toBe("2024-11-03T04:00:00.000Z");
  });

  it("the day after the one that Samoa skipped starts with it", () => {
    expect(start("day", "2011-12-30T12:00:00Z", "Pacific/Apia")).toBe("2011-12-30T10:00:00.000Z");
    expect(start("day", "2011-12-30T09:00:00Z", "Pacific/Apia")).toBe("2011-12-29T10:00:00.000Z");
  });

  it("the hour that comes twice in autumn is two buckets", () => {
    expect(start("hour", "2024-11-03T05:30:00Z", "America/New_York")).toBe("2024-11-03T05:00:00.000Z");
    expect(start("hour", "2024-11-03T06:30:00Z", "America/New_York")).toBe("2024-11-03T06:00:00.000Z");
  });

  it.each([
    ["Australia/Lord_Howe", "2024-04-06T12:00:00Z", "half an hour put back"],
    ["Australia/Lord_Howe", "2024-10-05T12:00:00Z", "half an hour put forward"],
    ["America/St_Johns", "2007-11-04T00:00:00Z", "put back a minute after midnight"],
    ["America/St_Johns", "2007-03-11T00:00:00Z", "put forward a minute after midnight"],
    ["Pacific/Apia", "2011-12-30T06:00:00Z", "a day skipped"],
  ])("hours tile the line in %s: %s (%s)", (zone, around) => {
    let last = Number.NEGATIVE_INFINITY;
    for (let minute = 0; minute < 8 * 60; minute += 1) {
      const at = Date.parse(around) + minute * 60_000;
      const bucket = bucketStart("hour", new Date(at), zone).getTime();
      expect(bucket).toBeLessThanOrEqual(at);
      expect(at - bucket).toBeLessThan(3_600_000);
      expect(bucket).toBeGreaterThanOrEqual(last);
      expect(bucketStart("hour", new Date(bucket), zone).getTime()).toBe(bucket);
      last = bucket;
    }
  });

  it("refuses an unknown zone and an Invalid Date", () => {
    expect(() => start("day", "2026-07-01T00:00:00Z", "Atlantis/Centre")).toThrow("no IANA time zone");
    expect(() => bucketStart("hour", new Date(Number.NaN))).toThrow("Invalid Date");
  });
});
