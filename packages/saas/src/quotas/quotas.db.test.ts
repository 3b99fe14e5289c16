import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { countRows, openSmall } from "../../test/world.ts";

forEachDatabase("a quota", (open) => {
  test("admits exactly the limit to 256 concurrent callers", async () => {
    const { saas } = await openSmall(open);
    const verdicts = await Promise.all(
      Array.from({ length: 256 }, () => saas.quotas.consume({ subjectId: "usr_1", feature: "call" })),
    );
    // Each unit once; of two batches on PostgreSQL the later one may be the first that is counted.
    const admitted = verdicts.filter((verdict) => verdict.allowed).map(({ used }) => used);
    expect(admitted.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, n) => n + 1));
    const refusal = { allowed: false, reason: "quota_exceeded", limit: 100, used: 100, remaining: 0 };
    const refused = verdicts.filter((verdict) => !verdict.allowed);
    expect(refused).toMatchObject(Array.from({ length: 156 }, () => refusal));
    expect(await saas.ledger.verify()).toEqual([]);
  });

  // Two batches under way: the later one does not fit what the earlier is expected to leave, and would fit what is stored.
  test("at the edge of a limit no batch waits for another that waits for it", async () => {
    const { saas } = await openSmall(open);
    for (let round = 0; round < 30; round++) {
      const subjectId = `usr_edge_${round}`;
      await saas.entitlements.open({ subjectId });
      const consume = () => saas.quotas.consume({ subjectId, feature: "call" });
      await consume();
      const verdicts = await Promise.all(Array.from({ length: 110 }, consume));
      expect(verdicts.filter(({ allowed }) => allowed)).toHaveLength(99);
    }
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("lets a smaller quantity through where a larger one did not fit", async () => {
    const { saas } = await openSmall(open);
    const consume = (quantity: string | number) =>
      saas.quotas.consume({ subjectId: "usr_1", feature: "gigabyte", quantity });
    const verdicts = await Promise.all([consume("1.499"), consume(0.002), consume("0.001"), consume("0.001")]);
    expect(verdicts.map(({ allowed }) => allowed)).toEqual([true, false, true, false]);
    expect(verdicts[2]).toMatchObject({ used: 1.5, remaining: 0, limit: 1.5 });
  });

  test("says what would make a refused call pass", async () => {
    const { saas } = await openSmall(open);
    await saas.quotas.consume({ subjectId: "usr_1", feature: "call", quantity: 90 });
    const verdict = await saas.quotas.consume({ subjectId: "usr_1", feature: "call", quantity: 11 });
    expect(verdict).toMatchObject({
      allowed: false,
      reason: "quota_exceeded",
      tier: "free",
      planVersion: saas.plans.version,
      resetsAt: new Date("2026-03-02T12:00:00Z"),
      wouldPass: { tier: "team", at: new Date("2026-03-02T12:00:00Z"), quantity: 10 },
    });
    const tooMuch = await saas.quotas.consume({ subjectId: "usr_1", feature: "call", quantity: 101 });
    expect(tooMuch.wouldPass).toEqual({ tier: "team", at: null, quantity: 10 });
  });

  test("counts a standing use up and down, never below zero, and never resets it", async () => {
    const { saas, clock } = await openSmall(open);
    const seats = (quantity: number) => saas.quotas.consume({ subjectId: "usr_1", feature: "seat", quantity });
    expect(await seats(3)).toMatchObject({ allowed: true, used: 3, resetsAt: null });
    expect(await seats(1)).toMatchObject({ allowed: false, wouldPass: { tier: "team", at: null, quantity: 0 } });
    clock.advance(90 * 86_400_000);
    expect(await seats(-2)).toMatchObject({ allowed: true, used: 1 });
    expect(await seats(-2)).toMatchObject({ allowed: false, reason: "usage_below_zero", used: 1 });
    expect(await saas.ledger.verify("usr_1")).toEqual([]);
  });

  test("lets a subject above its limit give back, but not take more, after a downgrade", async () => {
    const { saas } = await openSmall(open);
    await saas.entitlements.assign({ subjectId: "usr_1", tier: "team", status: "active" });
    await saas.quotas.consume({ subjectId: "usr_1", feature: "seat", quantity: 8 });
    await saas.entitlements.assign({ subjectId: "usr_1", tier: "free", status: "active" });
    const seats = (quantity: number) => saas.quotas.consume({ subjectId: "usr_1", feature: "seat", quantity });
    expect(await seats(1)).toMatchObject({ allowed: false, used: 8, limit: 3, remaining: 0 });
    expect(await seats(-1)).toMatchObject({ allowed: true, used: 7 });
  });

  test("tells a feature that a tier has none of from one that is used up", async () => {
    const { saas } = await openSmall(open);
    await saas.entitlements.assign({ subjectId: "usr_1", tier: "dark", status: "active" });
    expect(await saas.quotas.consume({ subjectId: "usr_1", feature: "seat" })).toMatchObject({ reason: "not_in_plan" });
    expect(await saas.quotas.consume({ subjectId: "usr_1", feature: "call" })).toMatchObject({
      allowed: true,
      reason: "unlimited",
      limit: null,
      remaining: null,
    });
  });

  test("check says what consume would, and writes nothing", async () => {
    const { saas, database } = await openSmall(open);
    await saas.quotas.consume({ subjectId: "usr_1", feature: "call", quantity: 99 });
    const before = await countRows(database);
    const check = (quantity: number) => saas.quotas.check({ subjectId: "usr_1", feature: "call", quantity });
    expect(await check(1)).toMatchObject({ allowed: true, used: 99, remaining: 1 });
    expect(await check(2)).toMatchObject({ allowed: false, reason: "quota_exceeded", wouldPass: { tier: "team" } });
    expect(await saas.quotas.check({ subjectId: "usr_1", feature: "sso" })).toMatchObject({
      allowed: false,
      reason: "not_in_plan",
      wouldPass: { tier: "team" },
    });
    await expect(saas.quotas.check({ subjectId: "usr_1", feature: "sla" })).rejects.toMatchObject({
      code: "feature_not_counted",
    });
    expect(await countRows(database)).toEqual(before);
  });

  test("a subject that nobody opened is an error of its own callers only", async () => {
    const { saas } = await openSmall(open);
    const [known, unknown] = await Promise.allSettled([
      saas.quotas.consume({ subjectId: "usr_1", feature: "call" }),
      saas.quotas.consume({ subjectId: "usr_nobody", feature: "call" }),
    ]);
    expect(known).toMatchObject({ status: "fulfilled", value: { allowed: true } });
    expect(unknown).toMatchObject({ status: "rejected", reason: { code: "subject_not_found" } });
  });
});
