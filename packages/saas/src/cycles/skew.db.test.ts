import { dayMs } from "@revops/core";
import { testClock } from "@revops/testing";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { openRich, richPlans, subjectId } from "../../test/rich.ts";
import { checkStatements } from "../../test/statements.ts";
import { createSaas } from "../index.ts";

forEachDatabase("instances whose clocks differ", (open) => {
  test("what one has counted in the next period is in a cycle, whatever the one that is behind hears of Stripe then", async () => {
    const { saas, database, clock } = await openRich(open);
    const edge = new Date(clock.now().getTime() + 30 * dayMs);
    const behind = createSaas({ database, clock: testClock(new Date(edge.getTime() - 1_000)), plans: richPlans });
    clock.set(edge);
    expect(await saas.quotas.consume({ subjectId, feature: "token", quantity: 5 })).toMatchObject({ used: 5 });
    const start = new Date(edge.getTime() - 5 * dayMs);
    const period = { anchor: start, interval: "month", start, end: new Date(edge.getTime() + 25 * dayMs) } as const;
    await behind.entitlements.assign({ subjectId, tier: "free", status: "active", period });
    expect(await saas.quotas.consume({ subjectId, feature: "token", quantity: 5 })).toMatchObject({ used: 10 });
    clock.advance(60 * dayMs);
    await saas.cycles.closeDue();
    await checkStatements(database, saas, [subjectId]);
    const stated = (await saas.cycles.list(subjectId, { limit: 10 })).data.flatMap(({ statement: { lines } }) =>
      lines.filter(({ feature }) => feature === "token").map(({ quantity }) => quantity),
    );
    expect(stated).toEqual(["10"]);
  });
});
