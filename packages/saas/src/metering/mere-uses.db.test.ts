import { forEachDatabase, type OpenDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { richPlans } from "../../test/rich.ts";
import { countRows, meterPlans, openWorld, smallPlans } from "../../test/world.ts";
import { type Consumption, createSaas } from "../index.ts";

const subjectId = "usr_1";
const from = new Date("2026-01-31T12:00:00Z");

forEachDatabase("uses that have no name", (open) => {
  /** Whose plain batches are counted alone: the terms and the balance were seen, and on SQLite the thread has started. */
  async function openWarm(opened: OpenDatabase, plans: unknown = smallPlans, tier: "team" | "free" = "team") {
    const { database, clock } = await openWorld(opened);
    // Names are checked where plans are given as they are; here each test has its own.
    const saas = createSaas({ database, clock, plans: plans as typeof smallPlans });
    await saas.entitlements.assign({ subjectId, tier, status: "active" });
    const crowd = (uses: readonly Partial<Consumption>[], feature = "call") =>
      Promise.all(uses.map((use) => saas.quotas.consume({ ...use, subjectId, feature: feature as "call" })));
    await crowd(some(10));
    if (database.thread) await expect.poll(() => database.thread?.isFree(), { timeout: 10_000 }).toBe(true);
    return { database, clock, saas, crowd };
  }
  const some = (count: number, quantity = 1) => Array.from({ length: count }, () => ({ quantity }));

  test("are told by the ledger's entry alone, listed and proven by it", async () => {
    const { database, clock, saas, crowd } = await openWarm(open);
    const before = await countRows(database);
    clock.advance(60_000);
    const verdicts = await crowd([...some(10, 2), { quantity: 3 }]);
    // Each caller is told its own place.
    expect(verdicts.map(({ used }) => used)).toEqual([12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 33]);
    const after = await countRows(database);
    expect(after["saas_events"]).toBe(before["saas_events"]);
    expect(after["saas_ledger"]).toBe((before["saas_ledger"] ?? 0) + 1);
    const { data } = await saas.usage.events({ subjectId, feature: "call", limit: 100 });
    expect(data.map(({ events }) => events)).toEqual([...Array(10).fill(1), 11]);
    expect(data.at(-1)).toEqual({
      key: expect.stringMatching(/^[0-9a-f]{32}0{12}03$/),
      feature: "call",
      events: 11,
      periodStart: from,
      entry: 3,
      quantity: "23",
      counts: true,
      voided: false,
      occurredAt: new Date("2026-01-31T12:01:00Z"),
      recordedAt: new Date("2026-01-31T12:01:00Z"),
      metadata: null,
    });
    expect(await saas.ledger.verify()).toEqual([]);
    expect(await saas.ledger.verify(subjectId)).toEqual([]);
    const history = {
      subjectId,
      feature: "call",
      from,
      to: new Date("2026-01-31T13:00:00Z"),
      interval: "hour",
    } as const;
    expect(await saas.usage.history(history)).toEqual([{ at: from, quantity: 33 }]);

    await database.rows(sql`update saas_ledger set quantity = quantity + 1 where kind = 'use'`);
    expect(await saas.ledger.verify()).toMatchObject([
      { kind: "balance", counted: 33, ledger: 34, events: 34, missingEntries: 0 },
      { kind: "history", span: "hour", counted: 33, events: 34 },
      { kind: "history", span: "day", counted: 33, events: 34 },
    ]);
    await database.rows(sql`delete from saas_ledger where kind = 'use'`);
    expect(await saas.ledger.verify(subjectId)).toMatchObject([
      { kind: "balance", counted: 33, ledger: 10, events: 10, missingEntries: 1 },
      { kind: "history", span: "hour", counted: 33, events: 10 },
      { kind: "history", span: "day", counted: 33, events: 10 },
    ]);
  });

  test("have rows beside one that has a name, a time of its own or something to say", async () => {
    const { database, clock, saas, crowd } = await openWarm(open);
    const more = { id: { id: "a" }, occurredAt: { occurredAt: clock.now() }, metadata: { metadata: { of: "b" } } };
    for (const [n, other] of Object.values(more).entries()) {
      await crowd([...some(5), other, ...some(5)]);
      expect((await countRows(database))["saas_events"]).toBe(10 + 11 * (n + 1));
    }
    const { data } = await saas.usage.events({ subjectId, limit: 100 });
    expect(data.every(({ events }) => events === 1)).toBe(true);
    await saas.meters.void({ subjectId, id: "a" });
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("have rows where an outage admits them, since they are asked for again after one", async () => {
    const { database, crowd } = await openWarm(open, richPlans);
    await crowd(some(10), "ping");
    await crowd(some(10), "ping");
    expect((await countRows(database))["saas_events"]).toBe(30);
  });

  test("have rows where the meter's filters leave them out", async () => {
    const { database, saas, crowd } = await openWarm(open, meterPlans, "free");
    await crowd([{ metadata: { status: "ok" } }], "request");
    await crowd(some(10), "request");
    expect((await countRows(database))["saas_events"]).toBe(21);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("are listed in pages after the events, by the entries that a statement names", async () => {
    const { database, saas, crowd } = await openWarm(open);
    for (let n = 1; n <= 4; n++) await crowd(some(10, n));
    await crowd(some(10, 0.001), "gigabyte");
    await crowd(some(10, 0.002), "gigabyte");
    expect((await countRows(database))["saas_events"]).toBe(20);
    const listed: unknown[] = [];
    let after: string | undefined;
    do {
      const page = await saas.usage.events({ subjectId, limit: 7, after });
      expect(page.data.length).toBeLessThanOrEqual(7);
      listed.push(
        ...page.data
          .filter(({ events }) => events > 1)
          .map(({ feature, entry, quantity }) => ({ feature, entry, quantity })),
      );
      after = page.next ?? undefined;
    } while (after !== undefined);
    // The first entry is of the tier's assignment, the second of the crowd that was read first.
    const calls = [3, 4, 5, 6].map((entry) => ({ feature: "call", entry, quantity: `${(entry - 2) * 10}` }));
    expect(listed).toHaveLength(5);
    expect(listed).toEqual(expect.arrayContaining([...calls, { feature: "gigabyte", entry: 3, quantity: "0.02" }]));
    const some3 = { subjectId, feature: "call", periodStart: from, firstEntry: 4, lastEntry: 5, limit: 10 };
    const { data } = await saas.usage.events(some3);
    expect(data.map(({ quantity }) => quantity)).toEqual(["20", "30"]);
    expect((await saas.usage.events({ ...some3, subjectId: "usr_2" })).data).toEqual([]);
    await expect(saas.usage.events({ subjectId, limit: 10, after: "0".repeat(33) })).rejects.toMatchObject({
      code: "invalid_range",
    });
    expect(await saas.ledger.verify()).toEqual([]);
  });
});
