import { openDatabase } from "@revops/database";
import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, onTestFinished, test } from "vitest";
import { countRows, openSmall, smallPlans } from "../../test/world.ts";
import { createSaas } from "../index.ts";

const subjectId = "usr_1";

forEachDatabase("metering", (open, dialect) => {
  test("the same id counts once, also concurrently, with another quantity, for another feature, a year later", async () => {
    const { saas, clock } = await openSmall(open);
    const record = (quantity: number) => saas.meters.record({ subjectId, id: "evt-1", feature: "call", quantity });
    const results = await Promise.all([record(3), record(3), record(50)]);
    expect(results.map(({ duplicate }) => duplicate)).toEqual([false, true, true]);
    expect(results[2]?.verdict).toMatchObject({ allowed: true, reason: "duplicate", used: 3 });
    expect(await saas.meters.record({ subjectId, id: "evt-1", feature: "seat" })).toMatchObject({ duplicate: true });
    clock.advance(365 * 86_400_000);
    expect(await record(1)).toMatchObject({ duplicate: true, verdict: { used: 0 } });
    await saas.entitlements.open({ subjectId: "usr_2" });
    expect(await saas.meters.record({ subjectId: "usr_2", id: "evt-1", feature: "call" })).toMatchObject({
      duplicate: false,
    });
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("a repeat is a duplicate also when the quota is full; a refused id may come again", async () => {
    const { saas, clock } = await openSmall(open);
    const record = (id: string, quantity: number) => saas.meters.record({ subjectId, id, feature: "call", quantity });
    await record("full", 100);
    expect(await record("full", 100)).toMatchObject({ duplicate: true });
    await expect(record("late", 1)).rejects.toMatchObject({
      code: "quota_exceeded",
      fields: { feature: "call", limit: 100, used: 100, resetsAt: new Date("2026-03-02T12:00:00Z") },
    });
    clock.set("2026-03-02T12:00:00Z");
    expect(await record("late", 1)).toMatchObject({ duplicate: false, verdict: { used: 1 } });
  });

  test("a batch with repeated, wrong and refused events: each has its own result", async () => {
    const { saas } = await openSmall(open);
    await saas.meters.record({ subjectId, id: "a", feature: "call" });
    const event = (id: string, feature = "call", quantity: number | string = 1) => ({ id, feature, quantity });
    const result = await saas.meters.recordMany(subjectId, [
      event("a"),
      event("b"),
      event("b"),
      event("c", "cal"),
      event("d", "call", -1),
      event("e", "call", 99),
      event("f", "call", 98),
      event("g"),
      event("h", "gigabyte", "0.0001"),
      event("bad id"),
      event("i", "sla"),
    ]);
    expect(result).toMatchObject({ accepted: 2, duplicates: 2 });
    expect(result.rejected.map(({ id, code }) => [id, code])).toEqual([
      ["c", "unknown_feature"],
      ["d", "invalid_quantity"],
      ["e", "quota_exceeded"],
      ["g", "quota_exceeded"],
      ["h", "invalid_quantity"],
      ["bad id", "invalid_event_id"],
      ["i", "feature_not_counted"],
    ]);
    expect((await saas.usage.report(subjectId)).features[0]).toMatchObject({
      used: 100,
      remaining: 0,
      nearLimit: true,
    });
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("a batch of a subject that nobody opened is refused as a whole", async () => {
    const { saas } = await openSmall(open);
    const batch = saas.meters.recordMany("usr_nobody", [{ id: "a", feature: "call" }]);
    await expect(batch).rejects.toMatchObject({ code: "subject_not_found" });
  });

  test("wrong input is a coded error, and nothing is written", async () => {
    const { saas, database, clock } = await openSmall(open);
    const before = await countRows(database);
    const at = (milliseconds: number) => new Date(clock.now().getTime() + milliseconds);
    const cyclic: Record<string, never> = {};
    Object.assign(cyclic, { self: cyclic });
    const wrong: [string, object][] = [
      ["invalid_quantity", { quantity: -1 }],
      ["invalid_quantity", { quantity: 0.5 }],
      ["invalid_quantity", { quantity: Number.NaN }],
      ["invalid_quantity", { quantity: Number.POSITIVE_INFINITY }],
      ["invalid_quantity", { quantity: 2 ** 53 }],
      ["invalid_quantity", { quantity: "1e300" }],
      ["invalid_quantity", { quantity: "many" }],
      ["invalid_quantity", { quantity: null }],
      ["invalid_quantity", { feature: "gigabyte", quantity: "0.0001" }],
      ["unknown_feature", { feature: "calls" }],
      ["unknown_feature", { feature: "constructor" }],
      ["feature_not_counted", { feature: "sso" }],
      ["invalid_event_id", { id: "" }],
      ["invalid_event_id", { id: "with space" }],
      ["invalid_event_id", { id: "é" }],
      ["invalid_event_id", { id: "x".repeat(256) }],
      ["event_in_future", { occurredAt: at(5 * 60_000 + 1) }],
      ["event_in_future", { occurredAt: at(365 * 86_400_000) }],
      ["event_too_old", { occurredAt: at(-35 * 86_400_000 - 1) }],
      ["invalid_time", { occurredAt: new Date(Number.NaN) }],
      ["invalid_metadata", { metadata: { note: "\u0000" } }],
      ["invalid_metadata", { metadata: { "\ud800": 1 } }],
      ["invalid_metadata", { metadata: { deep: [{ note: "\udc00" }] } }],
      ["invalid_metadata", { metadata: { size: Number.NaN } }],
      ["invalid_metadata", { metadata: { big: 1n } }],
      ["invalid_metadata", { metadata: { text: "é".repeat(2_048) } }],
      ["invalid_metadata", { metadata: cyclic }],
      ["invalid_metadata", { metadata: ["a"] }],
      ["invalid_subject_id", { subjectId: "" }],
      ["invalid_subject_id", { subjectId: "usr\u0000" }],
      ["subject_not_found", { subjectId: "usr_nobody" }],
    ];
    for (const [code, input] of wrong) {
      const event = { subjectId, id: "evt-1", feature: "call", ...input } as const;
      await expect(saas.meters.record(event as never), JSON.stringify(Object.keys(input))).rejects.toMatchObject({
        code,
      });
      await expect(saas.quotas.consume(event as never)).rejects.toMatchObject({ code });
    }
    expect(await countRows(database)).toEqual(before);
  });

  test("the edges that are still allowed", async () => {
    const { saas, database, clock } = await openSmall(open);
    await saas.entitlements.assign({ subjectId, tier: "dark", status: "active" });
    const at = (milliseconds: number) => new Date(clock.now().getTime() + milliseconds);
    await saas.meters.record({
      subjectId,
      id: "x".repeat(255),
      feature: "call",
      quantity: 0,
      occurredAt: at(5 * 60_000),
    });
    await saas.meters.record({
      subjectId,
      id: "!",
      feature: "call",
      occurredAt: at(-35 * 86_400_000),
      metadata: { note: 'ünï "\\u0000" 😀' },
    });
    await saas.meters.record({ subjectId, id: "most", feature: "gigabyte", quantity: "9007199254740.991" });
    await expect(
      saas.meters.record({ subjectId, id: "more", feature: "gigabyte", quantity: "0.001" }),
    ).rejects.toMatchObject({
      code: "usage_out_of_range",
    });
    const rows = await database.rows<{ metadata: unknown }>(
      sql`select metadata from saas_events where metadata is not null`,
    );
    const [stored] = rows.map(({ metadata }) => (typeof metadata === "string" ? JSON.parse(metadata) : metadata));
    expect(stored).toEqual({ note: 'ünï "\\u0000" 😀' });
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("an event of an earlier period counts to that period, under the tier of that day", async () => {
    const { saas, clock } = await openSmall(open);
    const record = (id: string, occurredAt: string, quantity = 60) =>
      saas.meters.record({ subjectId, id, feature: "call", quantity, occurredAt: new Date(occurredAt) });
    await record("first", "2026-01-31T12:00:00Z");
    clock.set("2026-02-20T00:00:00Z");
    await saas.entitlements.assign({
      subjectId,
      tier: "team",
      status: "active",
      period: { anchor: clock.now(), interval: "month", start: clock.now(), end: new Date("2026-03-20T00:00:00Z") },
    });
    // Free then, team now: the free period has 40 left.
    await expect(record("late", "2026-02-10T00:00:00Z")).rejects.toMatchObject({
      code: "quota_exceeded",
      fields: { limit: 100, used: 60 },
    });
    expect(await record("late", "2026-02-10T00:00:00Z", 40)).toMatchObject({ verdict: { tier: "free", used: 100 } });
    // Before the subject's first day: its first period.
    await expect(record("before", "2026-01-20T00:00:00Z", 1)).rejects.toMatchObject({
      code: "quota_exceeded",
      fields: { used: 100 },
    });
    clock.set("2026-03-20T00:00:30Z");
    expect(await record("edge", "2026-03-19T23:59:59.999Z")).toMatchObject({
      verdict: { used: 60, resetsAt: new Date("2026-03-20T00:00:00Z") },
    });
    expect(await record("now", "2026-03-20T00:00:00Z")).toMatchObject({
      verdict: { used: 60, resetsAt: new Date("2026-04-20T00:00:00Z") },
    });
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("the caller's transaction rolled back leaves no trace; committed, both are there", async () => {
    const { saas, database } = await openSmall(open);
    const before = await countRows(database);
    const attempt = database.transaction(async (tx) => {
      await saas.meters.record({ subjectId, id: "evt-1", feature: "call", quantity: 7 }, tx);
      await saas.meters.recordMany(subjectId, [{ id: "evt-2", feature: "seat" }], tx);
      expect((await saas.usage.report(subjectId, tx)).features[0]?.used).toBe(7);
      throw new Error("the caller's own row was refused");
    });
    await expect(attempt).rejects.toThrow("refused");
    expect(await countRows(database)).toEqual(before);
    await database.transaction((tx) =>
      saas.meters.record({ subjectId, id: "evt-1", feature: "call", quantity: 7 }, tx),
    );
    expect((await saas.usage.report(subjectId)).features[0]?.used).toBe(7);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("a caller that forgot to hand its transaction on is told so, and its neighbours are counted", async () => {
    const { saas, database } = await openSmall(open);
    const consume = () => saas.quotas.consume({ subjectId, feature: "call" });
    const begun = Promise.withResolvers<void>();
    const forgetful = database.transaction(async () => {
      begun.resolve();
      return consume();
    });
    await begun.promise;
    const neighbours = Promise.all([consume(), consume()]);
    await expect(forgetful).rejects.toMatchObject({ code: "handle_outside_transaction" });
    expect((await neighbours).map(({ allowed }) => allowed)).toEqual([true, true]);
    expect((await saas.usage.report(subjectId)).features[0]?.used).toBe(2);
  });

  test("a database that is away gives every caller a coded error", async () => {
    const { url, clock } = await openSmall(open);
    const away = openDatabase({ url });
    const saas = createSaas({ database: away, clock, plans: smallPlans });
    await away.close();
    const settled = await Promise.allSettled([1, 2].map(() => saas.quotas.consume({ subjectId, feature: "call" })));
    expect(settled.map((result) => result.status === "rejected" && result.reason.code)).toEqual(
      Array(2).fill(dialect === "sqlite" ? "usage_not_stored" : "database_unavailable"),
    );
  });

  test("two instances on one database, the same ids at once, over two features: each id counts once", async () => {
    const { saas, url, clock } = await openSmall(open);
    const second = openDatabase({ url });
    onTestFinished(() => second.close());
    const other = createSaas({ database: second, clock, plans: smallPlans });
    const ids = Array.from({ length: 60 }, (_, n) => `evt-${n}`);
    const results = await Promise.all([
      ...ids.map((id) => saas.meters.record({ subjectId, id, feature: "call" })),
      ...ids.toReversed().map((id) => other.meters.record({ subjectId, id, feature: "gigabyte", quantity: "0.001" })),
      ...ids.map((id) => other.meters.record({ subjectId, id, feature: "call" })),
    ]);
    expect(results.filter(({ duplicate }) => !duplicate)).toHaveLength(60);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("callers' transactions that take balances crosswise delay a batch, never fail it", async () => {
    const { saas, database } = await openSmall(open);
    const take = async (features: ("call" | "gigabyte")[]) => {
      try {
        await database.transaction(async (tx) => {
          for (const feature of features) await saas.quotas.consume({ subjectId, feature, quantity: 0 }, tx);
        });
      } catch (error) {
        // PostgreSQL ends one of two that wait for each other; a caller's own transaction is the caller's to repeat.
        expect(error).toMatchObject({ code: "40P01" });
      }
    };
    const batches = Array.from({ length: 30 }, (_, n) =>
      saas.meters.recordMany(subjectId, [
        { id: `c-${n}`, feature: "call" },
        { id: `g-${n}`, feature: "gigabyte", quantity: "0.001" },
      ]),
    );
    await Promise.all([take(["call", "gigabyte"]), take(["gigabyte", "call"]), ...batches]);
    const results = await Promise.all(batches);
    expect(results.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(60);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("repeats among what is new count nothing: not in the answers, the balances, nor the ledger", async () => {
    const { saas } = await openSmall(open);
    await saas.entitlements.assign({ subjectId, tier: "dark", status: "active" });
    const record = (n: number) =>
      saas.meters.record({ subjectId, id: `evt-${n}`, feature: n % 3 ? "call" : "gigabyte" });
    const recordAll = async (from: number, to: number) => {
      const numbers = Array.from({ length: to - from }, (_, n) => from + n);
      const results = await Promise.all(numbers.map(record));
      return results.filter(({ duplicate }) => !duplicate).length;
    };
    // Balances that were seen are counted alone on PostgreSQL.
    expect(await recordAll(0, 6)).toBe(6);
    expect(await recordAll(0, 40)).toBe(34);
    expect(await recordAll(20, 60)).toBe(20);
    // Of a balance there is nothing new, of both there is nothing new.
    expect(await Promise.all([1, 2, 60].map(record))).toMatchObject([
      { duplicate: true, verdict: { used: 40 } },
      { duplicate: true, verdict: { used: 40 } },
      { duplicate: false, verdict: { used: 21 } },
    ]);
    expect(await recordAll(0, 61)).toBe(0);
    const { features } = await saas.usage.report(subjectId);
    expect(features.slice(0, 2)).toMatchObject([{ used: 40 }, { used: 21 }]);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("two instances at the edge of a limit, with what the other has used unseen: exactly the limit", async () => {
    const { saas, url, clock } = await openSmall(open);
    const second = openDatabase({ url });
    onTestFinished(() => second.close());
    const other = createSaas({ database: second, clock, plans: smallPlans });
    const admitted = async (instance: typeof saas, calls: number) => {
      const use = () => instance.quotas.consume({ subjectId, feature: "call" });
      const verdicts = await Promise.all(Array.from({ length: calls }, use));
      return verdicts.filter(({ allowed }) => allowed).length;
    };
    expect(await admitted(saas, 10)).toBe(10);
    expect(await admitted(other, 60)).toBe(60);
    // It saw 10 last, of which 80 would fit.
    expect(await admitted(saas, 80)).toBe(30);
    expect(await admitted(other, 40)).toBe(0);
    expect(await saas.ledger.verify()).toEqual([]);
  });
});
