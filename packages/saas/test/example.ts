import { money } from "@revops/core";
import { migrate, openDatabase } from "@revops/database";
import { createSaas, definePlans, saasMigrations } from "@revops/saas";

const plans = definePlans({
  features: { render: { kind: "metered" } },
  tiers: {
    free: {
      level: 0,
      name: "Free",
      price: money(0, "usd"),
      interval: "month",
      limits: { render: 2 },
      flags: {},
      values: {},
    },
    pro: {
      level: 1,
      name: "Pro",
      price: money(900, "usd"),
      interval: "month",
      limits: { render: null },
      flags: {},
      values: {},
    },
  },
});

export async function run(url: string) {
  const database = openDatabase({ url });
  await migrate(database, [saasMigrations]);
  const saas = createSaas({ database, plans });
  await saas.entitlements.open({ subjectId: "usr_1" });
  await saas.meters.record({ subjectId: "usr_1", id: "job-1", feature: "render" });
  await saas.meters.record({ subjectId: "usr_1", id: "job-1", feature: "render" }); // a retry: counted once
  await saas.quotas.consume({ subjectId: "usr_1", feature: "render" });
  const verdict = await saas.quotas.consume({ subjectId: "usr_1", feature: "render" }); // the third: refused, with reasons
  await database.close();
  return verdict;
}
