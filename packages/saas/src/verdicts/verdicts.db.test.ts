import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { openRich, subjectId } from "../../test/rich.ts";
import { createSaas, definePlans } from "../index.ts";

forEachDatabase("a verdict", (open) => {
  test("is explained with all that it was made from, and replays to the same", async () => {
    const { saas, clock } = await openRich(open, "pro");
    await saas.credits.grant({ subjectId, id: "own", feature: "token", amount: 10, priority: 1 });
    await saas.quotas.setSpendCap({ subjectId, feature: "token", units: 5 });
    await saas.quotas.consume({ subjectId, feature: "token", quantity: 3_010 });
    const asked = { subjectId, feature: "token", quantity: 6, keep: true } as const;
    const { verdict, inputs } = await saas.quotas.explain(asked);
    expect(verdict).toMatchObject({
      id: expect.stringMatching(/^vrd_/),
      allowed: false,
      reason: "spend_cap_reached",
      tier: "pro",
      limitFrom: { kind: "plan", id: "pro" },
      wouldPass: { tier: "team", quantity: 5 },
    });
    expect(inputs).toMatchObject({
      used: 3_010,
      credited: 2_010,
      limit: 1_000,
      soft: true,
      credits: [],
      spend: { units: 5 },
    });
    const id = verdict.id ?? "";
    const first = await saas.quotas.replay({ subjectId, id });
    expect(first).toMatchObject({ same: true, differs: [], kept: verdict, replayed: verdict, today: verdict });

    clock.advance(1_000);
    await saas.quotas.removeSpendCap({ subjectId, feature: "token" });
    const later = await saas.quotas.replay({ subjectId, id });
    expect(later).toMatchObject({ same: true, replayed: verdict, today: { allowed: true, reason: "overage" } });
    expect(later.differs).toEqual(expect.arrayContaining(["allowed", "reason", "drawn", "cap", "wouldPass"]));
    await expect(saas.quotas.replay({ subjectId: "usr_2", id })).rejects.toMatchObject({ code: "verdict_not_found" });
    await expect(saas.quotas.replay({ subjectId, id: "vrd_x" })).rejects.toMatchObject({ code: "verdict_not_found" });
  });

  test("of a refusal is kept when asked to, and replays by the plans of its day", async () => {
    const { saas, database, clock } = await openRich(open);
    const consume = (feature: "call" | "token" | "image") =>
      saas.quotas.consume({ subjectId, feature, quantity: 101, keepRefusal: true });
    for (const feature of ["call", "token", "image"] as const) {
      const verdict = await consume(feature);
      const { same, kept } = await saas.quotas.replay({ subjectId, id: verdict.id ?? "" });
      expect([same, kept], feature).toEqual([true, verdict]);
    }
    expect(await saas.quotas.consume({ subjectId, feature: "token", keepRefusal: true })).toMatchObject({ id: null });
    const { id } = await consume("token");
    const generous = definePlans({
      features: { token: { kind: "metered" } },
      tiers: {
        free: { level: 0, name: "Free", price: null, interval: "month", limits: { token: 500 }, flags: {}, values: {} },
      },
    });
    const replay = await createSaas({ database, clock, plans: generous }).quotas.replay({ subjectId, id: id ?? "" });
    expect(replay).toMatchObject({ same: true, kept: { wouldPass: { tier: "pro" } }, today: { allowed: false } });
  });

  test("of a flag is explained too; one that is not kept has no id", async () => {
    const { saas } = await openRich(open);
    expect((await saas.quotas.explain({ subjectId, feature: "token" })).verdict).toMatchObject({
      id: null,
      allowed: true,
    });
    await expect(saas.quotas.explain({ subjectId, feature: "gold" as "token" })).rejects.toMatchObject({
      code: "unknown_feature",
    });
    await expect(saas.quotas.explain({ subjectId: "usr_2", feature: "token" })).rejects.toMatchObject({
      code: "subject_not_found",
    });
  });
});
