import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import Database from "better-sqlite3";
import { expect, onTestFinished, test, vi } from "vitest";
import { startStripeEmulator } from "../src/index.ts";
import { customerWithCard, day, monthlyPrice, sdk, startReceiver, startWorld } from "./world.ts";

function stateFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "stripe-emulator-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "state.db");
}

/** Starts an emulator in a process of its own. `kill` is -9: nothing is flushed, nothing is said. */
async function startProcess(file: string, receiver = "") {
  const child = fork(new URL("durable-emulator.ts", import.meta.url), [file, receiver], {
    execArgv: ["--conditions=source"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [port] = (await once(child, "message")) as [number];
  const kill = async () => {
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  return { stripe: sdk(port), url: `http://127.0.0.1:${port}`, kill };
}

test("objects, cards, keys and the clock's offset are there again after a close", async () => {
  const file = stateFile();
  const first = await startStripeEmulator({ file });
  const stripe = sdk(first.port);
  await first.clock.advance(100 * day * 1000);
  const customer = await stripe.customers.create({ name: "Ada" }, { idempotencyKey: "k1" });
  const method = await stripe.paymentMethods.attach("pm_card_chargeCustomerFail", { customer: customer.id });
  await first.close();
  const world = await startWorld({ file });
  expect(Math.abs(world.now() - (Date.now() / 1000 + 100 * day))).toBeLessThan(10);
  expect(await world.stripe.customers.retrieve(customer.id)).toEqual(customer);
  expect((await world.stripe.customers.create({ name: "Ada" }, { idempotencyKey: "k1" })).id).toBe(customer.id);
  await expect(
    world.stripe.paymentIntents.create({
      amount: 500,
      currency: "usd",
      customer: customer.id,
      payment_method: method.id,
      allowed_payment_method_types: ["card"],
      confirm: true,
    }),
  ).rejects.toMatchObject({ code: "card_declined" });
});

test("two that share a file share its clock, which neither puts back", async () => {
  const file = stateFile();
  const [one, other] = [await startWorld({ file }), await startWorld({ file })];
  await one.emulator.clock.advance(100 * day * 1000);
  await vi.waitFor(() => expect(other.now()).toBeGreaterThanOrEqual(one.now() - 1), { timeout: 1_000, interval: 5 });
  expect((await other.stripe.customers.create()).created).toBeGreaterThanOrEqual(one.now() - 10);
  const [near, far] = [one.now() + 10 * day, one.now() + 20 * day].map((seconds) => new Date(seconds * 1000));
  await Promise.all([one.emulator.clock.advance(far as Date), other.emulator.clock.advance(near as Date)]);
  await delay(20);
  for (const world of [one, other]) expect(world.now() * 1000).toBeGreaterThanOrEqual(Number(far) - 1_000);
});

test("in memory, nothing survives a close", async () => {
  const first = await startStripeEmulator();
  await sdk(first.port).customers.create();
  await first.close();
  const world = await startWorld();
  expect((await world.stripe.customers.list()).data).toEqual([]);
});

test("what was answered is there after kill -9, and nothing of it in halves", async () => {
  const file = stateFile();
  const { stripe, kill } = await startProcess(file);
  const answered: string[] = [];
  let alive = true;
  const pay = () =>
    stripe.paymentIntents.create({
      amount: 500,
      currency: "usd",
      payment_method: "pm_card_visa",
      allowed_payment_method_types: ["card"],
      confirm: true,
    });
  const clients = Array.from({ length: 4 }, async () => {
    while (alive) {
      try {
        answered.push((await pay()).id);
      } catch (error) {
        // The only way in which a payment may fail here.
        expect(error).toMatchObject({ type: "StripeConnectionError" });
        return;
      }
    }
  });
  await vi.waitFor(() => expect(answered.length).toBeGreaterThan(20), { timeout: 20_000 });
  await kill();
  alive = false;
  await Promise.all(clients);
  const world = await startWorld({ file });
  const kept: string[] = [];
  for await (const intent of world.stripe.paymentIntents.list({ limit: 100, expand: ["data.latest_charge"] })) {
    kept.push(intent.id);
    expect(intent).toMatchObject({ status: "succeeded", latest_charge: { status: "succeeded" } });
  }
  for (const id of answered) expect(kept).toContain(id);
  // At most the payments that were under way are more than was answered.
  expect(kept.length).toBeLessThanOrEqual(answered.length + 4);
  const events: string[] = [];
  for await (const event of world.stripe.events.list({ limit: 100, type: "payment_intent.succeeded" }))
    events.push(event.id);
  expect(events).toHaveLength(kept.length);
});

test("a delivery that was pending when the process was killed arrives after the next start", async () => {
  const file = stateFile();
  const receiver = await startReceiver();
  receiver.status = 500;
  const { stripe, kill } = await startProcess(file, receiver.url);
  const customer = await stripe.customers.create();
  await vi.waitFor(() => expect(receiver.bodies.length).toBeGreaterThan(0), { timeout: 20_000 });
  await kill();
  const refused = receiver.bodies.length;
  receiver.status = 200;
  const world = await startWorld({ file });
  await vi.waitFor(() => expect(receiver.bodies.length).toBeGreaterThan(refused), { timeout: 20_000 });
  const { body = "", signature = "" } = receiver.bodies.at(-1) ?? {};
  const event = world.stripe.webhooks.constructEvent(body, signature, "whsec_test");
  expect(event).toMatchObject({ type: "customer.created", data: { object: { id: customer.id } } });
});

test("a renewal that falls due while no process runs is made at the next start", async () => {
  const file = stateFile();
  const { stripe, url, kill } = await startProcess(file);
  const world = { stripe } as Parameters<typeof customerWithCard>[0];
  const { customer } = await customerWithCard(world);
  const subscription = await stripe.subscriptions.create({
    customer,
    items: [{ price: await monthlyPrice(world, 2_900) }],
  });
  // To two seconds before the end; the process dies, and the period ends without it.
  const end = subscription.items.data[0]?.current_period_end ?? 0;
  const to = new Date((end - 2) * 1000).toISOString();
  const moved = await fetch(`${url}/_emulator/clock`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ to }),
  });
  expect(moved.status).toBe(200);
  await kill();
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  const again = await startWorld({ file });
  await vi.waitFor(async () => {
    const { data } = await again.stripe.invoices.list({ customer });
    expect(data.map(({ billing_reason }) => billing_reason)).toEqual(["subscription_cycle", "subscription_create"]);
    // It happened when it was due, not when the process came back.
    expect(data[0]?.created).toBe(end);
  }, 20_000);
});

test("a file that a newer version wrote is refused with a sentence, and is not touched", async () => {
  const file = stateFile();
  const database = new Database(file);
  database.pragma("user_version = 99");
  database.close();
  await expect(startStripeEmulator({ file })).rejects.toThrow(/has layout 99; this version knows up to/);
});

test("a file of the first layout is taken over with its keys", async () => {
  const file = stateFile();
  const first = await startStripeEmulator({ file });
  const { id } = await sdk(first.port).customers.create({}, { idempotencyKey: "k1" });
  await first.close();
  const database = new Database(file);
  database.exec("alter table idempotency_keys drop column request");
  database.pragma("user_version = 1");
  database.close();
  const world = await startWorld({ file });
  expect((await world.stripe.customers.create({}, { idempotencyKey: "k1" })).id).toBe(id);
});
