/** A local Stripe, a migrated database, and payments between them, with webhooks delivered over HTTP. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createFacts, money } from "@revops/core";
import { openDatabase, type Tx } from "@revops/database";
import { migrated } from "@revops/database/testing";
import { createJobs, jobsMigrations } from "@revops/jobs";
import { startStripeEmulator } from "@revops/stripe-emulator";
import type { OpenDatabase } from "@revops/testing/vitest";
import Stripe from "stripe";
import { onTestFinished } from "vitest";
import { createPayments, type Payments, type PaymentsFacts, paymentsMigrations } from "../src/index.ts";
import { secretKey, webhookSecret } from "./names.ts";
import type { StripeProxy } from "./proxy.ts";

export { webhookSecret };

/** A fact that was emitted, by name. */
export interface Told {
  readonly name: keyof PaymentsFacts;
  readonly fact: PaymentsFacts[keyof PaymentsFacts];
}

export interface Delivery {
  readonly body: Buffer;
  readonly signature: string;
}

export interface WorldOptions {
  /** Who stands between payments and Stripe. */
  readonly proxy?: StripeProxy;
  /** Deliveries are kept back for the test to hand in. */
  readonly hold?: boolean;
  readonly timeoutMs?: number;
}

const factNames = [
  "subscription.changed",
  "subscription.ended",
  "subscription.duplicated",
  "checkout.completed",
  "checkout.expired",
  "payment.succeeded",
  "payment.failed",
  "payment.refunded",
  "refund.failed",
  "dispute.inquiry_opened",
  "dispute.opened",
  "dispute.closed",
  "transfer.succeeded",
  "transfer.reversed",
  "setup_intent.succeeded",
  "setup_intent.failed",
  "dunning.started",
  "dunning.retry_scheduled",
  "dunning.card_required",
  "dunning.authentication_required",
  "dunning.exhausted",
  "dunning.recovered",
  "dunning.ended",
  "invoice.paid",
  "invoice.payment_failed",
  "usage.reconciled",
  "usage.differs",
] as const satisfies readonly (keyof PaymentsFacts)[];

export async function openWorld(open: OpenDatabase, options: WorldOptions = {}) {
  const { url } = await open(migrated([jobsMigrations, paymentsMigrations]));
  const emulator = await startStripeEmulator();
  onTestFinished(() => emulator.close());
  const { clock } = emulator;
  const database = openDatabase({ url });
  onTestFinished(() => database.close());

  const told: Told[] = [];
  const facts = createFacts<PaymentsFacts, Tx>();
  for (const name of factNames) facts.on(name, async (_tx, fact) => void told.push({ name, fact }));
  options.proxy?.leadTo(emulator.url);
  const apiBase = options.proxy?.url ?? emulator.url;
  const make = () => {
    const jobs = createJobs({ database, clock });
    const stripe = { secretKey, apiBase, webhookSecret, maxNetworkRetries: 0, timeoutMs: options.timeoutMs };
    return { jobs, payments: createPayments({ database, clock, jobs, facts, stripe }) };
  };
  const { jobs, payments } = make();
  const held: Delivery[] = [];
  const receiver = await startReceiver(payments, options.hold ? held : undefined);
  await emulator.addWebhookEndpoint({ url: receiver, secret: webhookSecret });
  const stripe = new Stripe(secretKey, { host: "127.0.0.1", port: emulator.port, protocol: "http", telemetry: false });

  return {
    url,
    emulator,
    clock,
    database,
    jobs,
    payments,
    facts,
    told,
    held,
    stripe,
    /** Another instance on the same database. */
    again: make,
    names: () => told.map(({ name }) => name),
    /** Lets webhooks arrive and be processed to the end. */
    async settle() {
      await emulator.settle();
      await jobs.runDue();
    },
    /** Moves Stripe's and our clock on and lets everything arrive. */
    async advance(to: Date | number) {
      await clock.advance(to);
      await emulator.settle();
      await jobs.runDue();
    },
  };
}
export type World = Awaited<ReturnType<typeof openWorld>>;

/** A real HTTP server that hands the raw bytes on, or keeps them. */
async function startReceiver(payments: Payments, held: Delivery[] | undefined): Promise<string> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const signature = String(request.headers["stripe-signature"]);
    try {
      if (held) held.push({ body, signature });
      else await payments.webhooks.receive(body, signature);
      response.writeHead(200).end();
    } catch {
      response.writeHead(400).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => void server.close(() => resolve()));
  });
  // A TCP server's address is an object.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

export const catalog = [
  { tier: "free", name: "Free", price: money(0, "usd"), interval: "month", level: 0 },
  { tier: "pro", name: "Pro", price: money(2_900, "usd"), interval: "month", level: 1 },
  { tier: "team", name: "Team", price: money(9_900, "usd"), interval: "month", level: 2 },
  { tier: "scale", name: "Scale", price: money(19_900, "usd"), interval: "month", level: 3 },
  { tier: "enterprise", name: "Enterprise", price: null, interval: "month", level: 4 },
] as const;
