/** A process of its own that charges and is killed on the way: `charging-process.ts <database> <stripe> <references…>`. */
import { money } from "@revops/core";
import { openDatabase } from "@revops/database";
import { createJobs } from "@revops/jobs";
import { createPayments } from "../src/index.ts";
import { secretKey, subjectId, webhookSecret } from "./names.ts";

const [url = "", apiBase = "", ...references] = process.argv.slice(2);
const database = openDatabase({ url });
const jobs = createJobs({ database });
const payments = createPayments({ database, jobs, stripe: { secretKey, apiBase, webhookSecret } });
for (const reference of references) {
  const payment = await payments.payments.charge({
    subjectId,
    reference,
    amount: money(700, "usd"),
    description: "A template",
  });
  console.log(payment.id);
}
await database.close();
