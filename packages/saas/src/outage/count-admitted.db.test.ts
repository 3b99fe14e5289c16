import { forEachDatabase, type OpenDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { richPlans, subjectId } from "../../test/rich.ts";
import { openWorld } from "../../test/world.ts";
import { createSaas } from "../index.ts";

/** An instance whose line to the database can be cut. */
async function cuttable(open: OpenDatabase) {
  const { database, clock } = await openWorld(open);
  let isCut = false;
  const line: typeof database = {
    ...database,
    transaction: async (work, tx) => {
      if (isCut) throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
      return database.transaction(work, tx);
    },
  };
  const saas = createSaas({ database: line, clock, plans: richPlans });
  await saas.entitlements.open({ subjectId });
  return {
    saas,
    clock,
    async whileAway(work: () => Promise<unknown>) {
      isCut = true;
      await work();
      isCut = false;
      await saas.quotas.catchUp();
    },
  };
}

forEachDatabase("what was admitted while the database was away", (open) => {
  test("draws credits before any of it is beyond what is included and paid", async () => {
    const { saas, whileAway } = await cuttable(open);
    // 5 are included, 3 more were given.
    await saas.credits.grant({ subjectId, id: "gift", feature: "ping", amount: 3 });
    const ping = () => saas.quotas.consume({ subjectId, feature: "ping" });
    await whileAway(async () => {
      for (let n = 0; n < 10; n++) expect(await ping()).toMatchObject({ allowed: true, reason: "unavailable" });
    });
    const { features } = await saas.usage.report(subjectId);
    expect(features.find(({ feature }) => feature === "ping")).toMatchObject({ used: 10, credits: 0, overage: 2 });
    expect(await saas.credits.balances(subjectId)).toMatchObject([{ remaining: 0 }]);
    expect(await saas.ledger.verify()).toEqual([]);
  });

  test("draws them for the part of one use that they pay for", async () => {
    const { saas, whileAway } = await cuttable(open);
    await saas.credits.grant({ subjectId, id: "gift", feature: "ping", amount: 3 });
    await whileAway(() => saas.quotas.consume({ subjectId, feature: "ping", quantity: 10 }));
    const { features } = await saas.usage.report(subjectId);
    expect(features.find(({ feature }) => feature === "ping")).toMatchObject({ used: 10, credits: 0, overage: 2 });
    expect(await saas.ledger.verify()).toEqual([]);
  });
});
