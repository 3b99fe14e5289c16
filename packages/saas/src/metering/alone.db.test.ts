import { createFacts } from "@revops/core";
import { type Database, openDatabase, type Tx } from "@revops/database";
import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, onTestFinished, test } from "vitest";
import { openWorld, smallPlans } from "../../test/world.ts";
import { createSaas, type SaasFacts } from "../index.ts";

const subjectId = "usr_1";

forEachDatabase("a plain batch", (open, dialect) => {
  /** How many transactions were opened, and how many statements were made that are one by themselves. */
  function counting(database: Database) {
    const made = { transactions: 0, alone: 0 };
    const { autocommit, thread } = database;
    const counted: Database = {
      ...database,
      transaction(work, tx) {
        made.transactions += 1;
        return database.transaction(work, tx);
      },
      autocommit:
        autocommit &&
        ((work) => {
          made.alone += 1;
          return autocommit(work);
        }),
      thread: thread && {
        ...thread,
        write(steps) {
          made.alone += 1;
          return thread.write(steps);
        },
      },
    };
    return { made, counted };
  }

  if (dialect === "postgres")
    test("is one statement; what repeats, is told of or is past the limit is read first", async () => {
      const { database, clock } = await openWorld(open);
      const { made, counted } = counting(database);
      const saas = createSaas({ database: counted, clock, plans: smallPlans });
      await saas.entitlements.open({ subjectId });
      const costs = async (id: string, quantity = 1) => {
        const before = { ...made };
        const { duplicate, verdict } = await saas.meters.record({ subjectId, id, feature: "call", quantity });
        const transactions = made.transactions - before.transactions;
        return { transactions, alone: made.alone - before.alone, duplicate, used: verdict.used };
      };
      // The subject is not known, and its balance is not open.
      expect(await costs("a")).toEqual({ transactions: 1, alone: 1, duplicate: false, used: 1 });
      expect(await costs("b", 78)).toEqual({ transactions: 0, alone: 1, duplicate: false, used: 79 });
      // At 80 an alert is stored and told of.
      expect(await costs("c")).toEqual({ transactions: 1, alone: 1, duplicate: false, used: 80 });
      expect(await costs("d")).toEqual({ transactions: 0, alone: 1, duplicate: false, used: 81 });
      expect(await costs("d")).toEqual({ transactions: 1, alone: 1, duplicate: true, used: 81 });
      // Whoever repeats one probably repeats more.
      expect(await costs("c")).toEqual({ transactions: 1, alone: 1, duplicate: true, used: 81 });
      expect(await costs("e")).toEqual({ transactions: 1, alone: 1, duplicate: false, used: 82 });
      expect(await costs("f")).toEqual({ transactions: 0, alone: 1, duplicate: false, used: 83 });
      await expect(costs("g", 18)).rejects.toMatchObject({ code: "quota_exceeded" });
      clock.advance(3_600_000);
      expect(await costs("h")).toMatchObject({ transactions: 1, used: 84 });
      expect(await costs("i")).toMatchObject({ transactions: 0, used: 85 });
      expect(await saas.ledger.verify()).toEqual([]);
    });

  if (dialect === "sqlite")
    test("of a crowd is written by the thread; what repeats, is told of or is past the limit is read first", async () => {
      const { database, clock } = await openWorld(open);
      const { made, counted } = counting(database);
      const saas = createSaas({ database: counted, clock, plans: smallPlans });
      await saas.entitlements.open({ subjectId });
      const crowd = async (ids: readonly (string | undefined)[]) => {
        const before = { ...made };
        const verdicts = await Promise.all(ids.map((id) => saas.quotas.consume({ subjectId, id, feature: "call" })));
        const transactions = made.transactions - before.transactions;
        const admitted = verdicts.filter(({ allowed, duplicate }) => allowed && !duplicate).length;
        const used = Math.max(...verdicts.map((verdict) => verdict.used));
        return { transactions, alone: made.alone - before.alone, admitted, used };
      };
      const some = (count: number, name?: string) => Array.from({ length: count }, (_, n) => name && `${name}${n}`);
      expect(await crowd(some(1))).toEqual({ transactions: 1, alone: 0, admitted: 1, used: 1 });
      // The first crowd has the thread started.
      expect(await crowd(some(9))).toEqual({ transactions: 1, alone: 0, admitted: 9, used: 10 });
      await expect.poll(() => database.thread?.isFree(), { timeout: 10_000 }).toBe(true);
      expect(await crowd(some(40))).toEqual({ transactions: 0, alone: 1, admitted: 40, used: 50 });
      expect(await crowd(some(8, "named"))).toEqual({ transactions: 0, alone: 1, admitted: 8, used: 58 });
      expect(await crowd(some(8, "named"))).toEqual({ transactions: 1, alone: 1, admitted: 0, used: 58 });
      // At 80 an alert is stored and told of, and of 100 exactly 100 are admitted.
      expect(await crowd(some(25))).toEqual({ transactions: 1, alone: 0, admitted: 25, used: 83 });
      expect(await crowd(some(10))).toEqual({ transactions: 0, alone: 1, admitted: 10, used: 93 });
      expect(await crowd(some(10))).toEqual({ transactions: 1, alone: 0, admitted: 7, used: 100 });
      expect(await crowd(some(10))).toEqual({ transactions: 1, alone: 0, admitted: 0, used: 100 });
      // Terms that another handle has changed are noticed by the steps themselves.
      await createSaas({ database, clock, plans: smallPlans }).entitlements.assign({
        subjectId,
        tier: "dark",
        status: "active",
      });
      await crowd(some(10));
      expect(await saas.ledger.verify()).toEqual([]);
    });

  test("tells of a mark once, though what crossed it was used at another instance", async () => {
    const { database, url, clock } = await openWorld(open);
    const second = openDatabase({ url });
    onTestFinished(() => second.close());
    const told: number[] = [];
    const facts = createFacts<SaasFacts, Tx>();
    facts.on("quota.near_limit", async (_tx, { used }) => void told.push(used));
    const saas = createSaas({ database, clock, facts, plans: smallPlans });
    const other = createSaas({ database: second, clock, facts, plans: smallPlans });
    await saas.entitlements.open({ subjectId });
    const use = async (instance: typeof saas, id: string, quantity: number) =>
      (await instance.meters.record({ subjectId, id, feature: "call", quantity })).verdict.used;
    expect([await use(saas, "a", 10), await use(other, "b", 60)]).toEqual([10, 70]);
    // It saw 10 last, far from 80.
    expect(await use(saas, "c", 15)).toBe(85);
    expect(told).toEqual([85]);
    await other.meters.void({ subjectId, id: "b" });
    // It saw 85 last, beyond the mark; told once a period.
    expect(await use(saas, "d", 1)).toBe(26);
    expect(await use(saas, "e", 60)).toBe(86);
    expect(told).toEqual([85]);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("is counted by the terms of now, though another instance changed them since this one looked", async () => {
    const { database, url, clock } = await openWorld(open);
    const second = openDatabase({ url });
    onTestFinished(() => second.close());
    const saas = createSaas({ database, clock, plans: smallPlans });
    const other = createSaas({ database: second, clock, plans: smallPlans });
    await saas.entitlements.open({ subjectId });
    const crowd = async () => {
      const verdicts = await Promise.all(
        Array.from({ length: 9 }, () => saas.quotas.consume({ subjectId, feature: "call" })),
      );
      return verdicts.filter(({ allowed }) => allowed).length;
    };
    expect([await crowd(), await crowd()]).toEqual([9, 9]);
    if (database.thread) await expect.poll(() => database.thread?.isFree(), { timeout: 10_000 }).toBe(true);
    // The same balance, another limit: nothing of it is seen in the balance's row.
    await other.entitlements.override({ subjectId, overrides: { limits: { call: 20 } } });
    expect([await crowd(), await crowd()]).toEqual([2, 0]);
    await other.entitlements.override({ subjectId, overrides: { limits: { call: 25 } } });
    expect(await crowd()).toBe(5);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("of two balances, one of which another instance has moved, is counted whole or not at all", async () => {
    const { database, url, clock } = await openWorld(open);
    const second = openDatabase({ url });
    onTestFinished(() => second.close());
    const saas = createSaas({ database, clock, plans: smallPlans });
    const other = createSaas({ database: second, clock, plans: smallPlans });
    const use = (id: string) => saas.quotas.consume({ subjectId: id, feature: "call" }).then(({ allowed }) => +allowed);
    const together = async (pair: readonly [string, string]) => {
      const ofEach = await Promise.all(Array.from({ length: 8 }, () => Promise.all(pair.map(use))));
      return ofEach.reduce(([a = 0, b = 0], [first = 0, second = 0]) => [a + first, b + second], []);
    };
    for (const [moved, rest] of [
      ["usr_1", "usr_2"],
      ["usr_4", "usr_3"],
    ] as const) {
      for (const id of [moved, rest]) await saas.entitlements.open({ subjectId: id });
      expect(await together([moved, rest])).toEqual([8, 8]);
      if (database.thread) await expect.poll(() => database.thread?.isFree(), { timeout: 10_000 }).toBe(true);
      // All but three of what is left; this instance thinks that another eight fit.
      await other.quotas.consume({ subjectId: moved, feature: "call", quantity: 89 });
      expect(await together([moved, rest])).toEqual([3, 8]);
    }
    const [entries] = await database.rows<{ used: number | string }>(
      sql`select sum(quantity) as used from saas_ledger`,
    );
    expect(Number(entries?.used)).toBe(232);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("of which one event was counted by another instance leaves no trace of the try that found it", async () => {
    const { database, url, clock } = await openWorld(open);
    const second = openDatabase({ url });
    onTestFinished(() => second.close());
    const saas = createSaas({ database, clock, plans: smallPlans });
    const other = createSaas({ database: second, clock, plans: smallPlans });
    await saas.entitlements.assign({ subjectId, tier: "dark", status: "active" });
    const record = (instance: typeof saas, id: string) =>
      instance.meters.record({ subjectId, id, feature: "call" }).then(({ duplicate }) => duplicate);
    expect(await record(saas, "known")).toBe(false);
    expect(await record(other, "theirs")).toBe(false);
    const ids = ["a", "b", "theirs", "c", "c"];
    expect(await Promise.all(ids.map((id) => record(saas, id)))).toEqual([false, false, true, false, true]);
    const [entries] = await database.rows<{ used: number | string; events: number | string }>(
      sql`select sum(quantity) as used, sum(events) as events from saas_ledger`,
    );
    expect([Number(entries?.used), Number(entries?.events)]).toEqual([5, 5]);
    expect(await saas.ledger.verify()).toEqual([]);
  });
});
