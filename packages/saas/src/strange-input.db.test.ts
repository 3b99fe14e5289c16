/** What strangers to TypeScript, and to PostgreSQL's idea of text, may hand in: an error that has a code, on both databases. */
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { openRich } from "../test/rich.ts";

const nul = "usr_\u0000";
const nothing = undefined as unknown as string;

forEachDatabase("strange input", (open) => {
  test("NUL in an id is refused by a code, wherever it is asked for, and a transaction is none the worse", async () => {
    const { saas, database } = await openRich(open);
    const { entitlements, quotas, credits, usage, cycles, billing, planVersions } = saas;
    const [page, subjectId] = [{ limit: 5 }, "usr_1"];
    const period = { from: new Date(0), to: new Date(1) };
    await database.transaction(async (tx) => {
      const unstorable: (() => Promise<unknown>)[] = [
        () => entitlements.of(nul, tx),
        () => entitlements.history(nul, tx),
        () => entitlements.end({ subjectId: nul }, tx),
        () => entitlements.override({ subjectId: nul, overrides: {} }, tx),
        () => quotas.check({ subjectId: nul, feature: "call" }, tx),
        () => quotas.spendCaps(nul, tx),
        () => credits.balances(nul, tx),
        () => usage.report(nul, tx),
        () => cycles.preview(nul, tx),
        () => cycles.previewChange({ subjectId: nul, tier: "pro" }, tx),
        () => cycles.close(nul, tx),
        () => cycles.settle({ subjectId: nul, through: new Date(0), state: "paid" }, tx),
        () => cycles.discounts.list(nul, tx),
        () => cycles.discounts.end({ subjectId, id: nul }, tx),
        () => billing.cycle(nul, tx),
      ];
      for (const [index, ask] of unstorable.entries()) {
        await expect(ask(), `the ${index}th`).rejects.toMatchObject({ code: "unstorable_text" });
      }
      await quotas.consume({ subjectId, feature: "call" }, tx);
    });
    const alone: (() => Promise<unknown>)[] = [
      () => entitlements.history(nul),
      () => entitlements.tierOf(nul),
      () => usage.history({ subjectId: nul, feature: "call", ...period }),
      () => cycles.list(nul, page),
      () => cycles.get({ subjectId, cycleId: nul }),
      () => cycles.whatIf({ subjectId: nul, tier: "pro" }),
      () => quotas.replay({ subjectId, id: nul }),
      () => planVersions.get(nul),
    ];
    for (const [index, ask] of alone.entries()) {
      await expect(ask(), `the ${index}th alone`).rejects.toMatchObject({ code: "unstorable_text" });
    }
    expect(await quotas.check({ subjectId, feature: "call" })).toMatchObject({ used: 1 });
  });

  test("what is no text, no name and no position is refused by a code", async () => {
    const { saas } = await openRich(open);
    const { entitlements, quotas, credits, cycles } = saas;
    const subjectId = "usr_1";
    const discount = { subjectId, id: "d", name: "n", percent: 1, duration: "once" } as const;
    const grant = { subjectId, id: "g", feature: "call", quantity: 1 } as const;
    await credits.grant({ subjectId, id: "c", feature: "token", amount: 1 });
    const at = (after: string) => ({ limit: 5, after });
    const refusals: [string, () => Promise<unknown>][] = [
      ["invalid_discount", () => cycles.discounts.give({ ...discount, name: nul })],
      ["invalid_discount", () => cycles.discounts.give({ ...discount, name: nothing })],
      ["invalid_discount", () => cycles.discounts.give({ ...discount, id: nothing })],
      ["invalid_agreement", () => entitlements.grant({ ...grant, id: nothing })],
      ["invalid_subject_id", () => entitlements.startTrial({ subjectId: nothing, tier: "pro", days: 3 })],
      ["invalid_range", () => cycles.list(subjectId, at("yesterday"))],
      ["invalid_range", () => cycles.list(subjectId, at("99999999999999999/x"))],
      ["invalid_range", () => quotas.reservations(subjectId, at("/x"))],
      ["invalid_range", () => credits.list(subjectId, at("x/y"))],
      ["invalid_range", () => credits.entries({ subjectId, id: "c", ...at("x") })],
    ];
    for (const [code, ask] of refusals) {
      await expect(ask(), code).rejects.toMatchObject({ code });
    }
    expect((await cycles.list(subjectId, at("0"))).data).toEqual([]);
  });
});
