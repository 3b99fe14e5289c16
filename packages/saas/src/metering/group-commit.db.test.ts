import { setTimeout as sleep } from "node:timers/promises";
import { silentLogger } from "@revops/core";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test, vi } from "vitest";
import { openStandard, openWorld } from "../../test/world.ts";
import { createGroupCommit } from "./group-commit.ts";

forEachDatabase("group commit", (open, dialect) => {
  test("gathers in order of arrival, in batches that are bounded, and answers each caller with its own result", async () => {
    const { database } = await openWorld(open);
    const batches: number[][] = [];
    const hand = createGroupCommit<number, number>({
      database,
      logger: silentLogger,
      write: async (_tx, items) => {
        batches.push([...items]);
        return items.map((item) => (item % 1_000 === 7 ? new Error(`no ${item}`) : item * 2));
      },
    });
    const numbers = Array.from({ length: 2_500 }, (_, n) => n);
    const settled = await Promise.allSettled(numbers.map(hand));
    expect(batches.flat()).toEqual(numbers);
    expect(Math.max(...batches.map((batch) => batch.length))).toBeLessThanOrEqual(1_024);
    expect(batches.length).toBeLessThan(50);
    expect(settled.flatMap((result, n) => (result.status === "rejected" ? [n] : []))).toEqual([7, 1_007, 2_007]);
    expect(settled[9]).toMatchObject({ value: 18 });
  });

  test("whoever asks again is heard, however soon after an answer", async () => {
    const { database } = await openWorld(open);
    const hand = createGroupCommit<number, number>({
      database,
      logger: silentLogger,
      write: async (_tx, items) => items.map((item) => (item < 0 ? new Error("no") : item)),
    });
    for (let soon = 0; soon < 12; soon++) {
      for (const asked of [soon, -1]) {
        await hand(asked).catch(() => undefined);
        // So many turns of the queue of promises later.
        for (let turn = 0; turn < soon; turn++) await undefined;
        expect(await hand(soon)).toBe(soon);
      }
    }
  });

  test("a batch that fails is rolled back, rejects its callers by a code, and the next one goes on", async () => {
    const { database } = await openWorld(open);
    let broken = true;
    const hand = createGroupCommit<number, number>({
      database,
      logger: silentLogger,
      write: async (_tx, items) => {
        if (broken) throw new Error("the disk is full");
        return [...items];
      },
    });
    const settled = await Promise.allSettled([hand(1), hand(2)]);
    expect(settled).toMatchObject([{ reason: { code: "usage_not_stored" } }, { reason: { code: "usage_not_stored" } }]);
    broken = false;
    expect(await hand(3)).toBe(3);
  });

  test("a caller inside a transaction who forgets tx is told, also while another's commit would take it along", async () => {
    const { database, saas } = await openStandard(open);
    const hand = createGroupCommit<number, number>({
      database,
      logger: silentLogger,
      write: async (_tx, items) => [...items],
    });
    const refused = { code: "handle_outside_transaction" };
    await database.transaction(async () => {
      await expect(hand(1)).rejects.toMatchObject(refused);
    });
    const entered = Promise.withResolvers<void>();
    const othersAreWaiting = Promise.withResolvers<void>();
    const inside = database.transaction(async () => {
      entered.resolve();
      await othersAreWaiting.promise;
      await expect(hand(2)).rejects.toMatchObject(refused);
      await expect(saas.meters.record({ subjectId: "usr_1", id: "e", feature: "api_call" })).rejects.toMatchObject(
        refused,
      );
    });
    await entered.promise;
    const others = [hand(3), hand(4)];
    othersAreWaiting.resolve();
    await inside;
    expect(await Promise.all(others)).toEqual([3, 4]);
  });

  // SQLite has one lane.
  if (dialect === "postgres")
    test("a crowd that a lock holds up does not hold up who comes after it", async () => {
      const { database } = await openWorld(open);
      const held = Promise.withResolvers<void>();
      const batches: number[] = [];
      const hand = createGroupCommit<number, number>({
        database,
        logger: silentLogger,
        write: async (_tx, items) => {
          batches.push(items.length);
          if (items[0] === 0) await held.promise;
          return [...items];
        },
      });
      const crowd = Array.from({ length: 64 }, (_, n) => hand(n));
      await vi.waitUntil(() => batches.length === 1);
      // Too few for a statement of their own, but nobody else is to come.
      expect(await Promise.all([hand(64), hand(65)])).toEqual([64, 65]);
      expect(batches).toEqual([64, 2]);
      held.resolve();
      expect(await Promise.all(crowd)).toHaveLength(64);
    });

  test("nobody waits for ever for a transaction that waits for them", async () => {
    const { database } = await openWorld(open);
    // SQLite has one transaction at a time, PostgreSQL as many as the pool has connections.
    const holders = dialect === "sqlite" ? 1 : 10;
    const hand = createGroupCommit<number, number>({
      database,
      logger: silentLogger,
      patienceMs: 100,
      write: async (_tx, items) => [...items],
    });
    const held = Promise.withResolvers<void>();
    const holding = Array.from({ length: holders }, () => database.transaction(() => held.promise));
    const waiting = [hand(1), hand(2)];
    const settled = Promise.allSettled(waiting);
    await sleep(10);
    expect(await settled).toMatchObject([
      { reason: { code: "usage_not_stored" } },
      { reason: { code: "usage_not_stored" } },
    ]);
    held.resolve();
    await Promise.all(holding);
    expect(await hand(3)).toBe(3);
  });
});
