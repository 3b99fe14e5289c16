// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the placeholders of the seed's format are no template strings
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { type Seed, startStripeEmulator } from "../src/index.ts";
import { sdk, startWorld } from "./world.ts";

const seed: Seed = {
  fixtures: [
    { name: "product", path: "/v1/products", params: { id: "prod_pro", name: "Pro", metadata: { tier: "pro" } } },
    {
      name: "price",
      path: "/v1/prices",
      params: { product: "${product:id}", currency: "usd", unit_amount: 2_900, recurring: { interval: "month" } },
    },
    { name: "ada", path: "/v1/customers", params: { email: "ada@example.com", phone: null } },
    { name: "card", path: "/v1/payment_methods/pm_card_visa/attach", params: { customer: "${ada:id}" } },
    {
      name: "plan",
      path: "/v1/subscriptions",
      params: {
        customer: "${ada:id}",
        default_payment_method: "${card:id}",
        items: [{ price: "${price:id}", quantity: 2 }],
      },
    },
    { name: "item", path: "/v1/subscription_items/${plan:items.data.0.id}", method: "get" },
  ],
};

test("a seed in the Stripe CLI's format is there from the start, and again after a reset", async () => {
  const world = await startWorld({ seed });
  for (const _round of [1, 2]) {
    const [subscription] = (await world.stripe.subscriptions.list()).data;
    const [invoice] = (await world.stripe.invoices.list()).data;
    expect(invoice?.hosted_invoice_url).toContain(world.emulator.url);
    expect(subscription).toMatchObject({ status: "active", items: { data: [{ quantity: 2 }] } });
    expect((await world.stripe.products.retrieve("prod_pro")).metadata).toEqual({ tier: "pro" });
    await world.stripe.subscriptions.cancel(String(subscription?.id));
    await world.emulator.reset();
  }
});

test("a state that has something is not seeded again", async () => {
  const folder = mkdtempSync(join(tmpdir(), "emulator-seed-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "stripe.db");
  for (const _start of [1, 2]) {
    const emulator = await startStripeEmulator({ file, seed });
    expect((await sdk(emulator.port).customers.list()).data).toHaveLength(1);
    await emulator.close();
  }
});

test("seeding answers with what was made, is all or nothing, and says which call is wrong", async () => {
  const { emulator, stripe } = await startWorld();
  const made = await emulator.seed({ fixtures: seed.fixtures.slice(0, 3) });
  expect(made["ada"]).toMatchObject({ object: "customer", email: "ada@example.com" });
  const control = (body: unknown) =>
    fetch(`${emulator.url}/_emulator/seed`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  const customer = { name: "eve", path: "/v1/customers" };
  for (const [fixtures, message] of [
    [[customer, { name: "x", path: "/v1/wishes" }], "no POST /v1/wishes"],
    [
      [customer, { name: "x", path: "/v1/customers", params: { e_mail: "x" } }],
      'Fixture "x": Received unknown parameter',
    ],
    [[customer, { name: "x", path: "/v1/customers/${bob:id}" }], 'no earlier fixture is named "bob"'],
    [[customer, { name: "x", path: "/v1/customers", method: "put" }], "post, get or delete"],
    [[{ path: "/v1/customers" }], "needs a name"],
    ["none", "A seed is"],
  ] as const) {
    const answer = await control({ fixtures });
    expect([answer.status, await answer.text()]).toEqual([
      400,
      expect.stringContaining(JSON.stringify(message).slice(1, -1)),
    ]);
  }
  expect((await stripe.customers.list()).data).toHaveLength(1);
  expect((await control({ fixtures: [customer] })).status).toBe(201);
});
