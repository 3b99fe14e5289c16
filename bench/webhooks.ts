/**
 * How long a webhook waits for its 200, at a steady rate, over HTTP. The event is durable before it is answered: after each answer
 * it is looked for through a connection of its own. Events are of a type that makes no job run, so that the queue is not measured.
 *
 *   node --conditions=source bench/webhooks.ts [--rate 100] [--seconds 20] [--database sqlite|postgres] [--directory .]
 */
import { createHmac } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { migrate, openDatabase } from "@revops/database";
import { createJobs, jobsMigrations } from "@revops/jobs";
import { createPayments, paymentsMigrations } from "@revops/payments";
import { webhookRouter } from "@revops/payments/express";
import { createTestDatabase, startPostgres } from "@revops/testing";
import express from "express";

const { values } = parseArgs({
  options: {
    rate: { type: "string", default: "100" },
    seconds: { type: "string", default: "20" },
    database: { type: "string" },
    directory: { type: "string", default: "." },
  },
});
const [rate, seconds] = [Number(values.rate), Number(values.seconds)];
const webhookSecret = "whsec_bench";

function delivery(n: number) {
  const created = Math.floor(Date.now() / 1_000);
  // The size of an invoice's event with a few lines.
  const data = { object: { id: `txr_${n}`, object: "tax_rate", description: "x".repeat(4_000) } };
  const body = JSON.stringify({ id: `evt_${n}`, object: "event", type: "tax_rate.created", created, data });
  const mac = createHmac("sha256", webhookSecret).update(`${created}.${body}`).digest("hex");
  return { body, headers: { "content-type": "application/json", "stripe-signature": `t=${created},v1=${mac}` } };
}

async function measure(title: string, url: string): Promise<void> {
  const database = openDatabase({ url });
  const reader = openDatabase({ url });
  await migrate(database, [jobsMigrations, paymentsMigrations]);
  const stripe = { secretKey: "sk_test_bench", webhookSecret };
  const payments = createPayments({ database, jobs: createJobs({ database }), stripe });
  const inbox = createPayments({ database: reader, jobs: createJobs({ database: reader }), stripe });
  const app = express();
  app.use("/webhooks", webhookRouter(payments));
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A TCP server's address is an object.
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`;
  const took: number[] = [];
  let lost = 0;
  const one = async (n: number) => {
    const { body, headers } = delivery(n);
    const began = performance.now();
    const response = await fetch(address, { method: "POST", headers, body });
    await response.arrayBuffer();
    took.push(performance.now() - began);
    const found = await inbox.webhooks.get(`evt_${n}`).catch(() => null);
    if (response.status !== 200 || !found) lost++;
  };
  for (let n = -50; n < 0; n++) await one(n);
  took.length = 0;
  const pending: Promise<void>[] = [];
  const start = performance.now();
  for (let n = 0; n < rate * seconds; n++) {
    const wait = start + (n * 1_000) / rate - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    pending.push(one(n));
  }
  await Promise.all(pending);
  took.sort((a, b) => a - b);
  const at = (share: number) => `${(took[Math.floor(took.length * share)] ?? Number.NaN).toFixed(1)} ms`;
  console.log(
    `${title.padEnd(10)} ${took.length} at ${rate}/s: p50 ${at(0.5)}, p99 ${at(0.99)}, p99.9 ${at(0.999)}; answered but not stored: ${lost}`,
  );
  server.closeAllConnections();
  server.close();
  await Promise.all([database.close(), reader.close()]);
}

if (values.database !== "postgres") {
  const folder = await mkdtemp(join(values.directory, "revops-bench-"));
  await measure("SQLite", `file:${join(folder, "bench.db")}`);
  await rm(folder, { recursive: true });
}
if (values.database !== "sqlite") {
  const postgres = await startPostgres({ durable: true, directory: values.directory });
  const database = await createTestDatabase({ dialect: "postgres", adminUrl: postgres.adminUrl });
  await measure("PostgreSQL", database.url);
  await database.remove();
  await postgres.stop();
}
