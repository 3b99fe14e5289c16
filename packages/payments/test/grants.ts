/** What a payment grants, written in the transaction that learns of it. */
import type { Facts } from "@revops/core";
import type { Tx } from "@revops/database";
import { sql } from "drizzle-orm";
import type { PaymentsFacts } from "../src/index.ts";

export function grantsOf(facts: Facts<PaymentsFacts, Tx>): void {
  const grant = (tx: Tx, name: string) =>
    tx.rows(sql`insert into test_grants (name, times) values (${name}, 1)
      on conflict (name) do update set times = test_grants.times + 1`);
  facts.on("payment.succeeded", async (tx, { payment }) => void (await grant(tx, payment.reference)));
  facts.on("subscription.changed", async (tx, { subscription, previousTier }) => {
    const { subjectId, tier } = subscription;
    if (tier !== previousTier) await grant(tx, `${subjectId} ${tier}`);
  });
}
