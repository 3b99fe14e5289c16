import { createFacts } from "@revops/core";
import type { Tx } from "@revops/database";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { openRich, subjectId } from "../../test/rich.ts";
import { openWorld } from "../../test/world.ts";
import { createSaas, type SaasFacts } from "../index.ts";

forEachDatabase("an alert", (open) => {
  test("comes once when the limit is near and once when it is reached, however many call", async () => {
    const { saas, alerts } = await openRich(open);
    await Promise.all(Array.from({ length: 150 }, () => saas.quotas.consume({ subjectId, feature: "token" })));
    const resetsAt = new Date("2026-03-02T12:00:00Z");
    expect(alerts).toMatchObject([
      { subjectId, feature: "token", tier: "free", threshold: 80, limit: 100, resetsAt },
      { subjectId, feature: "token", threshold: 100, limit: 100, used: 100, resetsAt },
    ]);
  });

  test("comes for plain plans too, at exactly 80 %", async () => {
    const world = await openWorld(open);
    const facts = createFacts<SaasFacts, Tx>();
    const told: [string, number][] = [];
    facts.on("quota.near_limit", async (_tx, { used }) => void told.push(["near", used]));
    facts.on("quota.reached", async (_tx, { used }) => void told.push(["reached", used]));
    const saas = createSaas({ ...world, facts });
    await saas.entitlements.open({ subjectId });
    const use = (quantity: number) => saas.quotas.consume({ subjectId, feature: "api_call", quantity });
    await use(799);
    expect(told).toEqual([]);
    await use(1);
    await use(199);
    await use(1);
    await use(1);
    expect(told).toEqual([
      ["near", 800],
      ["reached", 1_000],
    ]);
  });

  test("comes again in the next period, and after an upgrade", async () => {
    const { saas, alerts, clock } = await openRich(open);
    const use = (quantity: number) => saas.quotas.consume({ subjectId, feature: "token", quantity });
    await use(85);
    clock.advance(30 * 86_400_000);
    await use(85);
    expect(alerts.map(({ threshold }) => threshold)).toEqual([80, 80]);
    clock.advance(1_000);
    await saas.entitlements.assign({ subjectId, tier: "pro", status: "active" });
    await use(800);
    expect(alerts.at(-1)).toMatchObject({ tier: "pro", threshold: 80, limit: 1_000, used: 800 });
    expect(alerts).toHaveLength(3);
  });

  test("does not come again for a standing count that goes down and up in one cycle", async () => {
    const { saas, alerts, clock } = await openRich(open);
    const seats = (quantity: number) => saas.quotas.consume({ subjectId, feature: "seat", quantity });
    await seats(3);
    await seats(-1);
    await seats(1);
    expect(alerts.map(({ threshold }) => threshold)).toEqual([80, 100]);
    clock.advance(31 * 86_400_000);
    await seats(-1);
    await seats(1);
    expect(alerts).toHaveLength(4);
  });

  test("has the thresholds of its feature, also beyond a soft limit, and counts what is reserved", async () => {
    const { saas, alerts } = await openRich(open, "pro");
    await saas.quotas.consume({ subjectId, feature: "gigabyte", quantity: "5.001" });
    await saas.quotas.reserve({ subjectId, id: "job", feature: "gigabyte", quantity: 5 });
    await saas.quotas.consume({ subjectId, feature: "gigabyte", quantity: 6 });
    expect(alerts.map(({ threshold, used }) => [threshold, used])).toEqual([
      [50, 5.001],
      [90, 10.001],
      [100, 10.001],
      [150, 16.001],
    ]);
  });

  test("is taken back with the transaction that crossed", async () => {
    const { saas, alerts, database } = await openRich(open);
    await expect(
      database.transaction(async (tx) => {
        await saas.quotas.consume({ subjectId, feature: "token", quantity: 90 }, tx);
        throw new Error("rolled back");
      }),
    ).rejects.toThrow("rolled back");
    alerts.length = 0;
    await saas.quotas.consume({ subjectId, feature: "token", quantity: 90 });
    expect(alerts).toHaveLength(1);
  });

  test("does not come for what has no limit, or none of it", async () => {
    const { saas, alerts } = await openRich(open, "team");
    await saas.quotas.consume({ subjectId, feature: "call", quantity: 1_000_000 });
    expect(await saas.quotas.consume({ subjectId, feature: "call" })).toMatchObject({ limit: null });
    expect(alerts).toEqual([]);
  });
});
