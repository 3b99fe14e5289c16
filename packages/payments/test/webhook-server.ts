/**
 * A process of its own that takes webhooks, processes them, and is killed on the way:
 * `webhook-server.ts <database> <stripe> <port> <seconds of the queue's clock for each of the machine's>`.
 */
import { createServer } from "node:http";
import { type Clock, createFacts } from "@revops/core";
import { openDatabase, type Tx } from "@revops/database";
import { createJobs } from "@revops/jobs";
import { sql } from "drizzle-orm";
import { webhookRouter } from "../src/express/express.ts";
import { createPayments, type PaymentsFacts } from "../src/index.ts";
import { poisonMark, secretKey, webhookSecret } from "./names.ts";

const [url = "", apiBase = "", port = "0", speed = "1"] = process.argv.slice(2);
const database = openDatabase({ url });
const began = Date.now();
// Only the queue's: its pauses of hours are over in seconds.
const fast: Clock = { now: () => new Date(began + (Date.now() - began) * Number(speed)) };
const jobs = createJobs({ database, clock: fast, pollMs: 50, leaseMs: 3_000, concurrency: 8 });
const facts = createFacts<PaymentsFacts, Tx>();
facts.on("payment.succeeded", async (tx, { payment }) => {
  if (payment.reference.startsWith(poisonMark)) throw new Error("Nobody can process this.");
  await tx.rows(sql`insert into test_effects (reference, times) values (${payment.reference}, 1)
    on conflict (reference) do update set times = test_effects.times + 1`);
});
const payments = createPayments({ database, jobs, facts, stripe: { secretKey, apiBase, webhookSecret } });
const receive = webhookRouter(payments);
const server = createServer((request, response) => {
  // What the router uses of Express is Node's own.
  receive(request as never, response as never, () => void response.writeHead(503).end());
});
server.listen(Number(port), "127.0.0.1", () => {
  jobs.start();
  process.stdout.write("ready\n");
});
