import Stripe from "stripe";
import { startStripeEmulator } from "../src/index.ts";

export async function run() {
  const emulator = await startStripeEmulator(); // Or { file: "data/stripe.db", webhookEndpoints: [{ url, secret }] }.
  const stripe = new Stripe("sk_test_any", { host: "127.0.0.1", port: emulator.port, protocol: "http" });
  const { id: customer } = await stripe.customers.create({ email: "ada@example.com" });
  const card = await stripe.paymentMethods.attach("pm_card_visa", { customer });
  const { id: product } = await stripe.products.create({ name: "Pro" });
  const price = await stripe.prices.create({
    product,
    currency: "usd",
    unit_amount: 2900,
    recurring: { interval: "month" },
  });
  await stripe.subscriptions.create({ customer, default_payment_method: card.id, items: [{ price: price.id }] });
  await emulator.clock.advance(32 * 24 * 3600 * 1000); // A month later, the renewal has been billed.
  const invoices = await stripe.invoices.list({ customer });
  await emulator.close();
  return invoices.data.map((invoice) => `${invoice.billing_reason} ${invoice.status} ${invoice.amount_paid}`);
}
