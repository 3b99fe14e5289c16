import { dayMs } from "@revops/core";
import { forEachDatabase, type OpenDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { openRich, subjectId } from "../../test/rich.ts";
import { checkStatements } from "../../test/statements.ts";

const start = new Date("2026-01-31T12:00:00Z");
const end = new Date(start.getTime() + 30 * dayMs);

/** Pro: 1,000 tokens included, half a cent for each beyond; 200 credits, a tenth of one for a token; 50 roll over. */
async function opened(open: OpenDatabase) {
  const world = await openRich(open, "pro");
  const { saas, clock } = world;
  return {
    ...world,
    use: (id: string, quantity: number, occurredAt?: Date) =>
      saas.quotas.consume({ subjectId, id, feature: "token", quantity, occurredAt }),
    /** Some minutes after an end, and closes. */
    async closeAfter(at: Date) {
      clock.set(new Date(at.getTime() + 300_000));
      await saas.cycles.closeDue();
    },
    /** Amount, use and charged use of the tokens of each closed cycle, oldest first, and what was adjusted of earlier ones. */
    async tokens() {
      const { data } = await saas.cycles.list(subjectId, { limit: 10 });
      return data.toReversed().map(({ statement }) => {
        const line = statement.lines.find(({ id }) => id === "usage:token");
        const adjusted = statement.lines.filter(({ kind }) => kind === "adjustment");
        return [
          ...[line?.quantity ?? "0", line?.charged ?? "0", line?.amount.amount ?? 0],
          adjusted.reduce((sum, { amount }) => sum + amount.amount, 0),
        ];
      });
    },
  };
}

forEachDatabase("a statement", (open) => {
  test("charges neither what is included nor what credits paid for", async () => {
    const { use, closeAfter, tokens, saas, database } = await opened(open);
    // 1,000 included, 2,000 by the pool's 200 credits, 7 beyond.
    await use("a", 3_007);
    const preview = await saas.cycles.preview(subjectId);
    await closeAfter(end);
    // 7 × 0.5 = 3.5 are 4 cents.
    expect(await tokens()).toEqual([["3007", "7", 4, 0]]);
    const [cycle] = (await saas.cycles.list(subjectId, { limit: 1 })).data;
    expect(cycle?.statement).toEqual(preview.statement);
    await checkStatements(database, saas, [subjectId]);
  });

  test("leaves out what is only reserved at its end, and the next one brings what was made of it", async () => {
    const { use, closeAfter, tokens, saas, clock, database } = await opened(open);
    await use("a", 3_000);
    clock.set(new Date(end.getTime() - 60_000));
    const hold = { subjectId, feature: "token", expiresInSeconds: 86_400 } as const;
    await saas.quotas.reserve({ ...hold, id: "kept", quantity: 40 });
    await saas.quotas.reserve({ ...hold, id: "left", quantity: 100 });
    await saas.quotas.reserve({ ...hold, id: "given", quantity: 30 });
    await closeAfter(end);
    // 170 are held beyond what is included and paid: not used, so not charged.
    expect(await tokens()).toEqual([["3000", "0", 0, 0]]);
    await saas.quotas.commit({ subjectId, id: "kept", quantity: 25 });
    await saas.quotas.release({ subjectId, id: "given" });
    clock.advance(2 * dayMs);
    await saas.quotas.sweep();
    await use("b", 5);
    await closeAfter(new Date(end.getTime() + 30 * dayMs));
    // 25 of the period in which they were reserved, for 12.5 cents, are an adjustment; the 5 are included in the new period.
    expect(await tokens()).toEqual([
      ["3000", "0", 0, 0],
      ["5", "0", 0, 13],
    ]);
    await checkStatements(database, saas, [subjectId]);
  });

  test("charges nothing of what was reserved and has lapsed, though nobody has given it back yet", async () => {
    const { use, closeAfter, tokens, saas, clock, database } = await opened(open);
    await use("a", 3_000);
    clock.set(new Date(end.getTime() - 60_000));
    await saas.quotas.reserve({ subjectId, feature: "token", id: "lapsed", quantity: 100, expiresInSeconds: 30 });
    await closeAfter(end);
    expect(await tokens()).toEqual([["3000", "0", 0, 0]]);
    expect(await saas.quotas.sweep()).toBe(1);
    await closeAfter(new Date(end.getTime() + 30 * dayMs));
    expect(await tokens()).toEqual([
      ["3000", "0", 0, 0],
      ["0", "0", 0, 0],
    ]);
    await checkStatements(database, saas, [subjectId]);
  });

  test("gives a credit back that a reservation had taken, and charges what then draws from it to nobody", async () => {
    const { use, closeAfter, tokens, saas, clock } = await opened(open);
    await use("a", 1_000);
    await saas.quotas.reserve({ subjectId, id: "job", feature: "token", quantity: 2_000, expiresInSeconds: 60 });
    // The pool is set aside: what comes now is overage.
    await use("b", 10);
    clock.advance(61_000);
    // It ended by itself. What it gives back is, first, what is beyond.
    await use("c", 2_000);
    expect(await saas.quotas.check({ subjectId, feature: "token", quantity: 1 })).toMatchObject({ overage: 10 });
    await closeAfter(end);
    // Of 3,010, 1,000 are included and 2,000 paid by credits, in whatever order they came.
    expect(await tokens()).toEqual([["3010", "10", 5, 0]]);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("of a period whose use was voided later gives back the money first, then the credits, which are over by then", async () => {
    const { use, closeAfter, tokens, saas, database } = await opened(open);
    await use("a", 1_000);
    await use("b", 2_100);
    await closeAfter(end);
    // 100 beyond the pool's 2,000 at half a cent.
    expect(await tokens()).toEqual([["3100", "100", 50, 0]]);
    await saas.meters.replace({ subjectId, id: "b", quantity: 2_050 });
    await closeAfter(new Date(end.getTime() + 30 * dayMs));
    await saas.meters.void({ subjectId, id: "b" });
    await closeAfter(new Date(end.getTime() + 60 * dayMs));
    expect((await tokens()).map(([, , , adjusted]) => adjusted)).toEqual([0, -25, -25]);
    // What came back to credits that ended with their period is gone with them: there are this period's, and 50 rolled over.
    const balances = await saas.credits.balances(subjectId);
    expect(balances.map(({ remaining }) => remaining)).toEqual([250]);
    await checkStatements(database, saas, [subjectId]);
  });

  test("leaves out late use that credits of today pay for, and says that it was used", async () => {
    const { use, closeAfter, tokens, saas, database } = await opened(open);
    await use("a", 3_000);
    await closeAfter(end);
    const late = await use("late", 20, new Date(end.getTime() - dayMs));
    expect(late.drawn).toEqual({ included: 0, credits: 20, overage: 0 });
    expect((await saas.credits.balances(subjectId)).map(({ remaining }) => remaining)).toEqual([198]);
    await closeAfter(new Date(end.getTime() + 30 * dayMs));
    expect(await tokens()).toEqual([
      ["3000", "0", 0, 0],
      ["0", "0", 0, 0],
    ]);
    const [second] = (await saas.cycles.list(subjectId, { limit: 1 })).data;
    const restated = second?.statement.lines.find(({ kind }) => kind === "adjustment")?.restates;
    expect(restated?.lines.find(({ id }) => id === "usage:token")).toMatchObject({ quantity: "3020", charged: "0" });
    await checkStatements(database, saas, [subjectId]);
  });
});
