import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { countRows, openMeters } from "../../test/world.ts";

const subjectId = "usr_1";
const dayMs = 86_400_000;

forEachDatabase("the history of use", (open) => {
  test("has every hour and every day, by when things happened, and is read from a few hundred rows a year", async () => {
    const { saas, clock, database } = await openMeters(open);
    const start = new Date("2026-02-01T00:00:00Z");
    clock.set(start);
    let id = 0;
    const record = (quantity: number) => saas.meters.record({ subjectId, id: `e-${id++}`, feature: "call", quantity });
    const expected: number[] = [];
    for (let day = 0; day < 366; day++) {
      clock.set(new Date(start.getTime() + day * dayMs + (day % 24) * 3_600_000));
      if (day % 3 === 0) await record(day + 1);
      expected.push(day % 3 === 0 ? day + 1 : 0);
    }
    const { events = 0, ...tables } = {
      events: (await countRows(database))["saas_events"],
      buckets: (await countRows(database))["saas_buckets"],
    };
    // Each hour with use is a row, and each day; the last hour is still in its balance.
    expect(tables.buckets).toBeLessThanOrEqual(2 * events);
    const to = new Date(start.getTime() + 366 * dayMs);
    const days = await saas.usage.history({ subjectId, feature: "call", from: start, to });
    expect(days.map(({ quantity }) => quantity)).toEqual(expected);
    expect(days[3]?.at).toEqual(new Date("2026-02-04T00:00:00Z"));
    const hours = await saas.usage.history({
      subjectId,
      feature: "call",
      from: new Date("2026-02-04T02:30:00Z"),
      to: new Date("2026-02-04T05:00:00Z"),
      interval: "hour",
    });
    expect(hours.map(({ at, quantity }) => [at.toISOString(), quantity])).toEqual([
      ["2026-02-04T02:00:00.000Z", 0],
      ["2026-02-04T03:00:00.000Z", 4],
      ["2026-02-04T04:00:00.000Z", 0],
    ]);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("puts late events where they belong, also those told ahead of the clock, and follows a clock that is put back", async () => {
    const { saas, clock } = await openMeters(open);
    const record = (id: string, at?: string) =>
      saas.meters.record({ subjectId, id, feature: "call", occurredAt: at === undefined ? undefined : new Date(at) });
    clock.set("2026-02-10T10:58:00Z");
    await record("now");
    await record("ahead", "2026-02-10T11:01:00Z");
    await record("late", "2026-02-10T09:59:59.999Z");
    clock.set("2026-02-10T11:05:00Z");
    await record("next");
    await record("late-again", "2026-02-10T10:00:00Z");
    clock.set("2026-02-10T10:30:00Z");
    await record("back");
    clock.set("2026-02-10T12:30:00Z");
    const read = async () =>
      (
        await saas.usage.history({
          subjectId,
          feature: "call",
          from: new Date("2026-02-10T09:00:00Z"),
          interval: "hour",
        })
      ).map(({ quantity }) => quantity);
    expect(await read()).toEqual([1, 3, 2, 0]);
    await record("after");
    expect(await read()).toEqual([1, 3, 2, 1]);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("days of a zone are made of hours", async () => {
    const { saas, clock } = await openMeters(open);
    for (const [id, at] of [
      ["a", "2026-03-28T22:59:59Z"],
      ["b", "2026-03-28T23:00:00Z"],
      ["c", "2026-03-29T21:59:59Z"],
      ["d", "2026-03-29T22:00:00Z"],
    ] as const) {
      clock.set(at);
      await saas.meters.record({ subjectId, id, feature: "call" });
    }
    // The day on which Berlin's clocks are put forward has 23 hours.
    const days = await saas.usage.history({
      subjectId,
      feature: "call",
      from: new Date("2026-03-28T12:00:00Z"),
      to: new Date("2026-03-30T12:00:00Z"),
      timeZone: "Europe/Berlin",
    });
    expect(days.map(({ at, quantity }) => [at.toISOString(), quantity])).toEqual([
      ["2026-03-27T23:00:00.000Z", 1],
      ["2026-03-28T23:00:00.000Z", 2],
      ["2026-03-29T22:00:00.000Z", 1],
    ]);
  });

  test("refuses a range that is no chart", async () => {
    const { saas, clock } = await openMeters(open);
    const read = (request: object) => saas.usage.history({ subjectId, feature: "call", ...request });
    const ago = (days: number) => new Date(clock.now().getTime() - days * dayMs);
    for (const request of [
      { from: clock.now() },
      { from: ago(1), to: ago(2) },
      { from: new Date(Number.NaN) },
      { from: ago(1_001) },
      { from: ago(42), interval: "hour" },
      { from: ago(101), timeZone: "Europe/Berlin" },
      // From a winter in which London's days are those of UTC, over a summer in which they are not.
      { from: ago(380), timeZone: "Europe/London" },
    ]) {
      await expect(read(request), JSON.stringify(request)).rejects.toMatchObject({ code: "invalid_range" });
    }
    await expect(read({ timeZone: "Mars/Base" })).rejects.toMatchObject({ code: "unknown_time_zone" });
    await expect(read({ subjectId: "usr_2" })).rejects.toMatchObject({ code: "subject_not_found" });
    await expect(read({ feature: "calls" })).rejects.toMatchObject({ code: "unknown_feature" });
    expect(await read({})).toHaveLength(31);
    expect(await read({ from: ago(60), timeZone: "Europe/London" })).toHaveLength(61);
    expect(await read({ from: ago(900), timeZone: "Africa/Abidjan" })).toHaveLength(901);
  });

  test("the events behind a balance are listed in pages, by the ledger's entries", async () => {
    const { saas } = await openMeters(open);
    for (const [n, id] of ["a", "b", "c", "d", "e"].entries()) {
      await saas.meters.record({ subjectId, id, feature: "call", quantity: n + 1 });
    }
    await saas.meters.void({ subjectId, id: "b" });
    const first = await saas.usage.events({ subjectId, feature: "call", firstEntry: 1, lastEntry: 4, limit: 3 });
    expect(first.data).toHaveLength(3);
    const rest = await saas.usage.events({
      subjectId,
      feature: "call",
      firstEntry: 1,
      lastEntry: 4,
      limit: 3,
      after: first.next ?? "",
    });
    expect(rest.next).toBeNull();
    const listed = [...first.data, ...rest.data].sort((a, b) => a.entry - b.entry);
    expect(listed.map(({ entry, quantity, voided, counts }) => [entry, quantity, voided, counts])).toEqual([
      [1, "1", false, true],
      [2, "0", true, false],
      [3, "3", false, true],
      [4, "4", false, true],
    ]);
    await saas.entitlements.open({ subjectId: "usr_2" });
    expect(await saas.usage.events({ subjectId: "usr_2", limit: 10 })).toEqual({ data: [], next: null });
    await expect(saas.usage.events({ subjectId, limit: 10, after: "zz" })).rejects.toMatchObject({
      code: "invalid_range",
    });
  });
});
