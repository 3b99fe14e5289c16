import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { openRich, subjectId } from "../../test/rich.ts";

forEachDatabase("a correction of what more than a limit decided", (open) => {
  test("gives overage back first, then credits in the reverse order, then what is included", async () => {
    const { saas } = await openRich(open, "pro");
    await saas.credits.grant({ subjectId, id: "own", feature: "token", amount: 10, priority: 1 });
    const use = (id: string, quantity: number) => saas.quotas.consume({ subjectId, id, feature: "token", quantity });
    await use("a", 1_000);
    await use("b", 2_010);
    await use("c", 5);
    const left = async () => (await saas.credits.balances(subjectId)).map(({ remaining }) => remaining);
    expect(await left()).toEqual([0, 0]);
    await saas.meters.replace({ subjectId, id: "b", quantity: 1_995 });
    // 15 less: 5 of them were overage, and the pool, drawn after the own credits, gets its 10 tokens' worth back.
    expect((await left()).sort()).toEqual([0, 1]);
    expect(await saas.quotas.check({ subjectId, feature: "token", quantity: 11 })).toMatchObject({
      overage: 0,
      credits: 10,
    });
    await saas.meters.void({ subjectId, id: "b" });
    expect((await left()).sort((x, y) => x - y)).toEqual([5, 200]);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("gives overage back first, also where the period began in a tier that has none", async () => {
    const { saas, clock } = await openRich(open, "team");
    await saas.entitlements.override({ subjectId, overrides: { limits: { token: null } } });
    await saas.quotas.consume({ subjectId, id: "a", feature: "token", quantity: 1_200 });
    clock.advance(3_600_000);
    await saas.entitlements.assign({ subjectId, tier: "pro", status: "active" });
    await saas.entitlements.override({ subjectId, overrides: {} });
    await saas.quotas.consume({ subjectId, id: "b", feature: "token", quantity: 10 });
    const token = async () => (await saas.usage.report(subjectId)).features.find(({ feature }) => feature === "token");
    expect(await token()).toMatchObject({ included: 1_000, used: 1_210, overage: 200, credits: 1_990 });
    await saas.meters.void({ subjectId, id: "b" });
    // What is beyond comes back before what the credits paid for.
    expect(await token()).toMatchObject({ used: 1_200, overage: 190, credits: 1_990 });
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("never gives back what is only reserved, also when that has lapsed", async () => {
    const { saas, clock } = await openRich(open);
    await saas.quotas.consume({ subjectId, id: "a", feature: "seat", quantity: 2 });
    await saas.quotas.consume({ subjectId, id: "b", feature: "seat", quantity: -2 });
    await saas.quotas.reserve({ subjectId, id: "job", feature: "seat", quantity: 3, expiresInSeconds: 60 });
    const refused = () =>
      expect(saas.meters.void({ subjectId, id: "a" })).rejects.toMatchObject({ code: "usage_below_zero" });
    await refused();
    clock.advance(61_000);
    await refused();
    await saas.quotas.sweep();
    await refused();
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("takes the use off the day in which it happened", async () => {
    const { saas, clock } = await openRich(open);
    await saas.quotas.consume({ subjectId, id: "a", feature: "call", quantity: 20 });
    await saas.meters.void({ subjectId, id: "a" });
    expect(await saas.quotas.consume({ subjectId, feature: "call", quantity: 20 })).toMatchObject({ allowed: true });
    clock.advance(3_600_000);
    await saas.quotas.consume({ subjectId, feature: "call", quantity: 20 });
    clock.advance(3_600_000);
    expect(await saas.quotas.consume({ subjectId, feature: "call", quantity: 11 })).toMatchObject({ allowed: false });
    expect(await saas.quotas.consume({ subjectId, feature: "call", quantity: 10 })).toMatchObject({ allowed: true });
    expect(await saas.ledger.verify()).toEqual([]);
  });

  const tokenOf = async ({ saas }: Awaited<ReturnType<typeof openRich>>) =>
    (await saas.usage.report(subjectId)).features.find(({ feature }) => feature === "token");

  test("that raises use draws credits before any of it is overage, also where nothing was drawn before", async () => {
    const world = await openRich(open, "pro");
    const { saas } = world;
    const use = (id: string, quantity: number) => saas.quotas.consume({ subjectId, id, feature: "token", quantity });
    const charged = async () =>
      (await saas.cycles.preview(subjectId)).statement.lines.find(({ id }) => id === "usage:token")?.charged;
    // The plan's 200 credits pay for 2,000 tokens, and nobody has asked for them yet.
    await use("a", 900);
    await saas.meters.replace({ subjectId, id: "a", quantity: 1_500 });
    expect(await tokenOf(world)).toMatchObject({ used: 1_500, overage: 0, credits: 1_500 });
    expect(await charged()).toBe("0");
    // Credits first, then what they do not pay for; and back in the reverse order.
    await saas.meters.replace({ subjectId, id: "a", quantity: 3_007 });
    expect(await tokenOf(world)).toMatchObject({ used: 3_007, overage: 7, credits: 0 });
    expect(await charged()).toBe("7");
    await saas.meters.replace({ subjectId, id: "a", quantity: 2_990 });
    expect(await tokenOf(world)).toMatchObject({ used: 2_990, overage: 0, credits: 10 });
    expect(await charged()).toBe("0");
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("past a hard limit draws the credits that there are, and no more than it raises", async () => {
    const world = await openRich(open);
    const { saas } = world;
    await saas.credits.grant({ subjectId, id: "gift", feature: "token", amount: 30 });
    await saas.quotas.consume({ subjectId, id: "a", feature: "token", quantity: 90 });
    await saas.meters.replace({ subjectId, id: "a", quantity: 110 });
    expect(await tokenOf(world)).toMatchObject({ used: 110, overage: 0, credits: 20 });
    await saas.meters.replace({ subjectId, id: "a", quantity: 150 });
    expect(await tokenOf(world)).toMatchObject({ used: 150, overage: 20, credits: 0 });
    await saas.meters.replace({ subjectId, id: "a", quantity: 105 });
    expect(await tokenOf(world)).toMatchObject({ used: 105, overage: 0, credits: 25 });
    expect(await saas.ledger.verify()).toEqual([]);
  });
});
