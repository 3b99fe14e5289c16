/** An emulator, the real SDK in front of it, and a real receiver of webhooks. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Stripe from "stripe";
import { onTestFinished } from "vitest";
import { type StripeEmulator, type StripeEmulatorOptions, startStripeEmulator } from "../src/index.ts";

export const day = 86_400;

export interface World {
  emulator: StripeEmulator;
  stripe: Stripe;
  /** Seconds of the emulator's clock. */
  now(): number;
  advance(seconds: number): Promise<void>;
}

export function sdk(port: number, options: Stripe.StripeConfig = {}): Stripe {
  return new Stripe("sk_test_123", { host: "127.0.0.1", port, protocol: "http", maxNetworkRetries: 0, ...options });
}

export async function startWorld(options: StripeEmulatorOptions = {}): Promise<World> {
  const emulator = await startStripeEmulator(options);
  onTestFinished(() => emulator.close());
  return {
    emulator,
    stripe: sdk(emulator.port),
    now: () => Math.floor(emulator.clock.now().getTime() / 1000),
    advance: (seconds) => emulator.clock.advance(seconds * 1000),
  };
}

/** A customer with a default card and prices for two plans. */
export async function customerWithCard({ stripe }: World, card = "pm_card_visa") {
  const customer = await stripe.customers.create({ email: "ada@example.com" });
  const method = await stripe.paymentMethods.attach(card, { customer: customer.id });
  await stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: method.id } });
  return { customer: customer.id, method: method.id };
}

export async function monthlyPrice({ stripe }: World, amount: number, name = `Plan ${amount}`): Promise<string> {
  const product = await stripe.products.create({ name });
  const price = await stripe.prices.create({
    product: product.id,
    currency: "usd",
    unit_amount: amount,
    recurring: { interval: "month" },
  });
  return price.id;
}

export interface Receiver {
  url: string;
  bodies: { body: string; signature: string }[];
  /** What to answer with; 200 unless set. */
  status: number;
}

export async function startReceiver(port = 0): Promise<Receiver> {
  const bodies: Receiver["bodies"] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      bodies.push({ body: Buffer.concat(chunks).toString(), signature: String(request.headers["stripe-signature"]) });
      response.writeHead(receiver.status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const receiver: Receiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    bodies,
    status: 200,
  };
  return receiver;
}
