import { createFacts, money } from "@revops/core";
import { migrate, openDatabase, type Tx } from "@revops/database";
import { createJobs, jobsMigrations } from "@revops/jobs";
import { createPayments, type PaymentsFacts, paymentsMigrations } from "../src/index.ts";

export async function run(url: string, stripe: { secretKey: string; webhookSecret: string; apiBase?: string }) {
  const database = openDatabase({ url });
  await migrate(database, [jobsMigrations, paymentsMigrations]);
  const jobs = createJobs({ database });
  const facts = createFacts<PaymentsFacts, Tx>();
  facts.on("payment.succeeded", async (tx, { payment }) => console.log("paid", payment.reference, tx.dialect));
  const { payments, paymentMethods, plans, subscriptions } = createPayments({ database, jobs, facts, stripe });

  const subjectId = "usr_1";
  await paymentMethods.attach({ subjectId, paymentMethodId: "pm_card_visa" });
  const order = { subjectId, reference: "order-1", amount: money(900, "usd"), description: "A book" };
  await payments.charge(order);
  const again = await payments.charge(order); // the same reference: charged once, whatever crashed in between

  await plans.push([{ tier: "pro", name: "Pro", price: money(2_900, "usd"), interval: "month", level: 1 }]);
  const subscription = await subscriptions.change({ subjectId, tier: "pro" }); // charged and granted, or it throws
  await database.close();
  return { payment: again.status, tier: subscription.tier, status: subscription.status };
}
