import { migrate, openDatabase } from "@revops/database";
import { createSaas, saasMigrations } from "@revops/saas";
import { expect, test } from "vitest";

test("the example of the README for reservations", async () => {
  const database = openDatabase({ url: ":memory:" });
  await migrate(database, [saasMigrations]);
  const saas = createSaas({ database });
  await saas.entitlements.open({ subjectId: "usr_1" });

  const { reservation, verdict } = await saas.quotas.reserve({
    subjectId: "usr_1",
    id: "job-1",
    feature: "api_call",
    quantity: 400,
    expiresInSeconds: 60,
  });
  if (!reservation) throw new Error(verdict.reason);
  await saas.quotas.commit({ subjectId: "usr_1", id: "job-1", quantity: 120 }); // 280 are free again

  expect(await saas.quotas.check({ subjectId: "usr_1", feature: "api_call" })).toMatchObject({ used: 120 });
  await database.close();
});
