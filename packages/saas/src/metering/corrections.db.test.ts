import { openDatabase } from "@revops/database";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, onTestFinished, test } from "vitest";
import { countRows, meterPlans, openMeters, openSmall, smallPlans } from "../../test/world.ts";
import { createSaas } from "../index.ts";

const subjectId = "usr_1";
const rows = (database: Parameters<typeof countRows>[0]) => countRows(database);

forEachDatabase("a correction", (open) => {
  test("takes an event back once; its id can never be counted again", async () => {
    const { saas, database } = await openSmall(open);
    const event = { subjectId, id: "a", feature: "call", quantity: 60 } as const;
    await saas.meters.record(event);
    expect(await saas.meters.void(event)).toEqual({
      changed: true,
      feature: "call",
      periodStart: new Date("2026-01-31T12:00:00Z"),
      quantity: 0,
      used: 0,
    });
    const before = await rows(database);
    expect(await saas.meters.void(event)).toMatchObject({ changed: false, used: 0 });
    expect(await saas.meters.record(event)).toMatchObject({ duplicate: true, verdict: { used: 0 } });
    await expect(saas.meters.replace(event)).rejects.toMatchObject({ code: "event_voided" });
    expect(await rows(database)).toEqual(before);
    expect(await saas.quotas.consume({ subjectId, feature: "call", quantity: 100 })).toMatchObject({ allowed: true });
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("says what an event should have said, as often as it takes; a limit does not hold up a fact", async () => {
    const { saas, database } = await openSmall(open);
    await saas.meters.record({ subjectId, id: "a", feature: "gigabyte", quantity: "0.5" });
    const replace = (quantity: string | number) => saas.meters.replace({ subjectId, id: "a", quantity });
    expect(await replace("0.125")).toMatchObject({ changed: true, quantity: 0.125, used: 0.125 });
    const before = await rows(database);
    expect(await replace(0.125)).toMatchObject({ changed: false });
    expect(await rows(database)).toEqual(before);
    expect(await replace(7)).toMatchObject({ changed: true, used: 7 });
    expect(await saas.quotas.consume({ subjectId, feature: "gigabyte" })).toMatchObject({ allowed: false, used: 7 });
    for (const quantity of [-1, "0.0001", Number.NaN, 2 ** 53]) {
      await expect(replace(quantity)).rejects.toMatchObject({ code: "invalid_quantity" });
    }
    await expect(saas.meters.void({ subjectId, id: "b" })).rejects.toMatchObject({ code: "event_not_found" });
    await saas.entitlements.open({ subjectId: "usr_2" });
    await expect(saas.meters.void({ subjectId: "usr_2", id: "a" })).rejects.toMatchObject({ code: "event_not_found" });
    expect(await saas.meters.void({ subjectId, id: "a" })).toMatchObject({ changed: true, used: 0 });
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("books to the event's own period, also when that is over, and the history follows", async () => {
    const { saas, clock } = await openSmall(open);
    const occurredAt = new Date("2026-02-05T08:15:00Z");
    clock.set("2026-02-05T08:20:00Z");
    await saas.meters.record({ subjectId, id: "a", feature: "call", quantity: 9, occurredAt });
    clock.set("2026-03-10T00:00:00Z");
    await saas.meters.record({ subjectId, id: "b", feature: "call", quantity: 2 });
    expect(await saas.meters.replace({ subjectId, id: "a", quantity: 4 })).toMatchObject({
      used: 4,
      periodStart: new Date("2026-01-31T12:00:00Z"),
    });
    const history = await saas.usage.history({
      subjectId,
      feature: "call",
      from: occurredAt,
      to: new Date("2026-02-05T10:00:00Z"),
      interval: "hour",
    });
    expect(history.map(({ quantity }) => quantity)).toEqual([4, 0]);
    expect((await saas.usage.report(subjectId)).features[0]?.used).toBe(2);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("of a standing count cannot leave less than was given back", async () => {
    const { saas, database } = await openSmall(open);
    await saas.meters.record({ subjectId, id: "add", feature: "seat", quantity: 2 });
    await saas.meters.record({ subjectId, id: "give", feature: "seat", quantity: -1 });
    const before = await rows(database);
    await expect(saas.meters.void({ subjectId, id: "add" })).rejects.toMatchObject({ code: "usage_below_zero" });
    expect(await rows(database)).toEqual(before);
    expect(await saas.meters.void({ subjectId, id: "give" })).toMatchObject({ used: 2 });
    expect(await saas.meters.void({ subjectId, id: "add" })).toMatchObject({ used: 0 });
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("finds the next maximum, the latest value before, and whether anybody else had the value", async () => {
    const { saas, clock } = await openMeters(open);
    const record = (feature: "peak" | "level" | "user" | "token" | "request", id: string, event: object) =>
      saas.meters.record({ subjectId, id: `${feature}-${id}`, feature, ...event });
    const at = (minutes: number) => new Date(clock.now().getTime() - minutes * 60_000);
    const used = async (what: Promise<{ used: number }>) => (await what).used;
    const remove = (id: string) => used(saas.meters.void({ subjectId, id }));
    for (const [id, quantity] of [
      ["a", 5],
      ["b", 9],
      ["c", 7],
    ])
      await record("peak", String(id), { quantity });
    expect(await remove("peak-a")).toBe(9);
    expect(await remove("peak-b")).toBe(7);
    expect(await used(saas.meters.replace({ subjectId, id: "peak-c", quantity: 3 }))).toBe(3);
    expect(await remove("peak-c")).toBe(0);

    await record("level", "a", { quantity: 5, occurredAt: at(30) });
    await record("level", "b", { quantity: 8, occurredAt: at(20) });
    await record("level", "c", { quantity: 1, occurredAt: at(10) });
    expect(await remove("level-b")).toBe(1);
    expect(await remove("level-c")).toBe(5);
    expect((await record("level", "d", { quantity: 6, occurredAt: at(25) })).verdict.used).toBe(6);

    const user = (user: string) => ({ metadata: { user, team: "x" } });
    await record("user", "a", user("ann"));
    await record("user", "b", user("ann"));
    await record("user", "c", user("bob"));
    expect(await remove("user-a")).toBe(2);
    expect(await used(saas.meters.replace({ subjectId, id: "user-b", ...user("bob") }))).toBe(1);
    expect(await used(saas.meters.replace({ subjectId, id: "user-c", ...user("cy") }))).toBe(2);
    expect(await remove("user-b")).toBe(1);

    await record("token", "a", { quantity: 5, metadata: { model: "large" } });
    await record("token", "b", { quantity: 3, metadata: { model: "large" } });
    await saas.meters.replace({ subjectId, id: "token-a", metadata: { model: "small", region: "eu" } });
    await saas.meters.void({ subjectId, id: "token-b" });
    expect(await saas.usage.breakdown({ subjectId, feature: "token", dimension: "model" })).toEqual([
      { value: "small", quantity: 5, events: 1 },
    ]);

    await record("request", "a", { metadata: { status: "failed" } });
    const mend = (status: string) => saas.meters.replace({ subjectId, id: "request-a", metadata: { status } });
    expect(await used(mend("ok"))).toBe(1);
    expect(await used(mend("lost"))).toBe(0);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("joins the caller's transaction, and is made once by two instances at once", async () => {
    const { saas, database, url, clock } = await openMeters(open);
    await saas.meters.record({ subjectId, id: "a", feature: "call", quantity: 5 });
    const attempt = database.transaction(async (tx) => {
      await saas.meters.void({ subjectId, id: "a" }, tx);
      throw new Error("the caller's own row was refused");
    });
    await expect(attempt).rejects.toThrow("refused");
    const second = openDatabase({ url });
    onTestFinished(() => second.close());
    const other = createSaas({ database: second, clock, plans: meterPlans });
    const results = await Promise.all([
      ...[saas, other, saas, other].map((each) => each.meters.void({ subjectId, id: "a" })),
      ...Array.from({ length: 20 }, (_, n) => saas.meters.record({ subjectId, id: `b-${n}`, feature: "call" })),
    ]);
    expect(results.filter((result) => "changed" in result && result.changed)).toHaveLength(1);
    expect((await saas.usage.report(subjectId)).features[0]?.used).toBe(20);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  // Rows are locked in one order by all, or some of these would wait in a circle until PostgreSQL breaks it at one's expense.
  test("amid batches of two instances that share balances: each gets its answer, and none waits for ever", async () => {
    const { saas, url, clock } = await openSmall(open);
    const second = openDatabase({ url });
    onTestFinished(() => second.close());
    const instances = [saas, createSaas({ database: second, clock, plans: smallPlans })];
    const subjects = Array.from({ length: 8 }, (_, n) => `usr_shared_${n}`);
    for (const each of subjects) {
      await saas.entitlements.assign({ subjectId: each, tier: "dark", status: "active" });
      await saas.meters.record({ subjectId: each, id: "first", feature: "call" });
    }
    for (let round = 0; round < 25; round++) {
      const calls = instances.flatMap(({ meters }, instance) => [
        // Each instance in an order of its own.
        ...(instance === 0 ? subjects : subjects.toReversed()).map((each) =>
          meters.record({ subjectId: each, id: `${instance}-${round}`, feature: "call" }),
        ),
        ...subjects.map((each) => meters.replace({ subjectId: each, id: "first", quantity: round + instance })),
      ]);
      await Promise.all(calls);
    }
    for (const each of subjects) {
      const { quantity } = await saas.meters.void({ subjectId: each, id: "first" });
      expect(quantity).toBe(0);
      expect((await saas.usage.report(each)).features[0]?.used).toBe(50);
    }
    expect(await saas.ledger.verify()).toEqual([]);
  }, 60_000);
});
