/**
 * A process of its own that buys and subscribes, and is killed on the way:
 * `changing-process.ts <database> <stripe> <first> <end>`. What it does for a number it may do again.
 */
import { createFacts, money } from "@revops/core";
import { openDatabase, type Tx } from "@revops/database";
import { createJobs } from "@revops/jobs";
import { createPayments, type PaymentsFacts } from "../src/index.ts";
import { grantsOf } from "./grants.ts";
import { secretKey, webhookSecret } from "./names.ts";

const [url = "", apiBase = "", first = "0", end = "0"] = process.argv.slice(2);
const database = openDatabase({ url });
const facts = createFacts<PaymentsFacts, Tx>();
grantsOf(facts);
const stripe = { secretKey, apiBase, webhookSecret, timeoutMs: 2_000, maxNetworkRetries: 1 };
const payments = createPayments({ database, jobs: createJobs({ database }), facts, stripe });
process.stdout.write("ready\n");

// Each is refused, unanswered or done: all three are what the test is about.
const attempt = (work: Promise<unknown>) => work.catch(() => undefined);
const numbers = Array.from({ length: Number(end) - Number(first) }, (_, n) => Number(first) + n).values();
async function work(): Promise<void> {
  for (const n of numbers) {
    const subjectId = `usr_${n}`;
    await attempt(payments.paymentMethods.attach({ subjectId, paymentMethodId: "pm_card_visa" }));
    if (n % 2 === 0) {
      const order = { subjectId, reference: `order-${n}`, amount: money(500 + n, "usd"), description: "x" };
      // Asked again at once, as whoever saw an error does.
      await attempt(payments.payments.charge(order));
      await attempt(payments.payments.charge(order));
    } else {
      await attempt(payments.subscriptions.change({ subjectId, tier: "pro" }));
      await attempt(payments.subscriptions.change({ subjectId, tier: "team" }));
    }
  }
}
await Promise.all([work(), work(), work(), work()]);
await database.close();
process.stdout.write("done\n");
