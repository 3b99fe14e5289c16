import { openDatabase } from "@revops/database";
import { migrated } from "@revops/database/testing";
import { cuttableLine, testClock } from "@revops/testing";
import { openOn } from "@revops/testing/vitest";
import { expect, onTestFinished, test } from "vitest";
import { richPlans, subjectId } from "../../test/rich.ts";
import { createSaas, saasMigrations } from "../index.ts";

test("while PostgreSQL is away, a feature is refused, or admitted and counted later, as the plan says", async () => {
  const { url } = await openOn("postgres")(migrated([saasMigrations]));
  const line = await cuttableLine(url);
  onTestFinished(line.cut);
  const database = openDatabase({ url: line.url });
  onTestFinished(() => database.close());
  const clock = testClock("2026-01-31T12:00:00Z");
  const saas = createSaas({ database, clock, plans: richPlans });
  await saas.entitlements.open({ subjectId });
  const ping = () => saas.quotas.consume({ subjectId, feature: "ping" });
  await ping();

  line.cut();
  const closed = await saas.quotas.consume({ subjectId, feature: "token" }).catch((error: Error) => error);
  expect(["database_unavailable", "usage_not_stored"]).toContain((closed as { code?: string }).code);
  const admitted = await Promise.all(Array.from({ length: 9 }, ping));
  expect(new Set(admitted.map(({ allowed, reason }) => `${allowed} ${reason}`))).toEqual(new Set(["true unavailable"]));
  expect(await saas.quotas.check({ subjectId, feature: "ping" })).toMatchObject({
    allowed: true,
    reason: "unavailable",
  });
  await expect(saas.quotas.check({ subjectId, feature: "token" })).rejects.toThrow();
  await expect(saas.quotas.catchUp()).rejects.toMatchObject({ code: "database_unavailable" });

  await line.mend();
  // In the period in which it was admitted, however late the line is mended.
  clock.advance(31 * 86_400_000);
  expect(await Promise.all([saas.quotas.catchUp(), saas.quotas.catchUp()])).toEqual([0, 0]);
  const { data } = await saas.usage.events({ subjectId, feature: "ping", limit: 100 });
  expect(data.map(({ periodStart }) => periodStart)).toEqual(Array(10).fill(new Date("2026-01-31T12:00:00Z")));
  expect(await ping()).toMatchObject({ allowed: true, used: 1 });
  expect(await saas.ledger.verify()).toEqual([]);
}, 60_000);
