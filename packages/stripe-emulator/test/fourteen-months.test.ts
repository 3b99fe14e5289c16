/**
 * One subscription through fourteen months, invoice by invoice, against a table worked out by hand from Stripe's rules:
 * https://docs.stripe.com/billing/subscriptions/prorations (to the second, rounded to the cent on each line),
 * https://docs.stripe.com/billing/subscriptions/billing-cycle (anchored on the 29th: a shorter month ends on its last day),
 * https://docs.stripe.com/billing/customer/balance (a negative invoice becomes a credit for the next one).
 */
import type Stripe from "stripe";
import { expect, test } from "vitest";
import { startWorld } from "./world.ts";

const at = (text: string) => Date.parse(`${text.includes("T") ? text : `${text}T00:00:00`}Z`) / 1_000;
const said = (seconds: number) => new Date(seconds * 1_000).toISOString().slice(0, 16).replace("T00:00", "");

/** A row of the table: when it was made, why, each line (cents, from, to), and what came of it. */
interface Row {
  made: string;
  reason: string;
  lines: [amount: number, from: string, to: string][];
  total: number;
  due: number;
  paidAt: string;
  tries: number;
}

// Basic is 30.00 a month, Pro 90.00.
const table: Row[] = [
  // The trial of 14 days from 15 January.
  {
    made: "2027-01-15",
    reason: "subscription_create",
    lines: [[0, "2027-01-15", "2027-01-29"]],
    total: 0,
    due: 0,
    paidAt: "2027-01-15",
    tries: 0,
  },
  // It is over: the anchor is the 29th. A draft is open for an hour. February has no 29th in 2027, so its last day ends the period.
  {
    made: "2027-01-29",
    reason: "subscription_cycle",
    lines: [[3_000, "2027-01-29", "2027-02-28"]],
    total: 3_000,
    due: 3_000,
    paidAt: "2027-01-29T01:00",
    tries: 1,
  },
  // And from there on the 29th again.
  {
    made: "2027-02-28",
    reason: "subscription_cycle",
    lines: [[3_000, "2027-02-28", "2027-03-29"]],
    total: 3_000,
    due: 3_000,
    paidAt: "2027-02-28T01:00",
    tries: 1,
  },
  {
    made: "2027-03-29",
    reason: "subscription_cycle",
    lines: [[3_000, "2027-03-29", "2027-04-29"]],
    total: 3_000,
    due: 3_000,
    paidAt: "2027-03-29T01:00",
    tries: 1,
  },
  // Upgrade to Pro on 9 April, invoiced at once. 20 of the 31 days are left:
  //   3000 × 20 / 31 = 1935.48… → 19.35 back;  9000 × 20 / 31 = 5806.45… → 58.06 to pay;  together 38.71.
  {
    made: "2027-04-09",
    reason: "subscription_update",
    lines: [
      [-1_935, "2027-04-09", "2027-04-29"],
      [5_806, "2027-04-09", "2027-04-29"],
    ],
    total: 3_871,
    due: 3_871,
    paidAt: "2027-04-09",
    tries: 1,
  },
  {
    made: "2027-04-29",
    reason: "subscription_cycle",
    lines: [[9_000, "2027-04-29", "2027-05-29"]],
    total: 9_000,
    due: 9_000,
    paidAt: "2027-04-29T01:00",
    tries: 1,
  },
  // The card declines on 29 May 01:00 and three days later; with a new card the try five days after that, on 6 June 01:00, pays.
  {
    made: "2027-05-29",
    reason: "subscription_cycle",
    lines: [[9_000, "2027-05-29", "2027-06-29"]],
    total: 9_000,
    due: 9_000,
    paidAt: "2027-06-06T01:00",
    tries: 3,
  },
  {
    made: "2027-06-29",
    reason: "subscription_cycle",
    lines: [[9_000, "2027-06-29", "2027-07-29"]],
    total: 9_000,
    due: 9_000,
    paidAt: "2027-06-29T01:00",
    tries: 1,
  },
  // Downgrade to Basic on 9 July, to be settled with the next invoice. 20 of the 30 days are left:
  //   9000 × 20 / 30 = 60.00 back;  3000 × 20 / 30 = 20.00 to pay.  With the next month's 30.00 that is −10.00, which becomes a credit.
  {
    made: "2027-07-29",
    reason: "subscription_cycle",
    lines: [
      [3_000, "2027-07-29", "2027-08-29"],
      [-6_000, "2027-07-09", "2027-07-29"],
      [2_000, "2027-07-09", "2027-07-29"],
    ],
    total: -1_000,
    due: 0,
    paidAt: "2027-07-29T01:00",
    tries: 0,
  },
  // 30.00 less the credit of 10.00.
  {
    made: "2027-08-29",
    reason: "subscription_cycle",
    lines: [[3_000, "2027-08-29", "2027-09-29"]],
    total: 3_000,
    due: 2_000,
    paidAt: "2027-08-29T01:00",
    tries: 1,
  },
  {
    made: "2027-09-29",
    reason: "subscription_cycle",
    lines: [[3_000, "2027-09-29", "2027-10-29"]],
    total: 3_000,
    due: 3_000,
    paidAt: "2027-09-29T01:00",
    tries: 1,
  },
  // Three seats from 14 October 06:00 on. 14 days and 18 hours of 30 days are left, that is 1 274 400 of 2 592 000 seconds:
  //   3000 × 1274400 / 2592000 = 1475 → 14.75 back;  9000 × 1274400 / 2592000 = 4425 → 44.25 to pay.  3 × 30.00 + 29.50 = 119.50.
  {
    made: "2027-10-29",
    reason: "subscription_cycle",
    lines: [
      [9_000, "2027-10-29", "2027-11-29"],
      [-1_475, "2027-10-14T06:00", "2027-10-29"],
      [4_425, "2027-10-14T06:00", "2027-10-29"],
    ],
    total: 11_950,
    due: 11_950,
    paidAt: "2027-10-29T01:00",
    tries: 1,
  },
  // One seat again on 10 November, without proration.
  {
    made: "2027-11-29",
    reason: "subscription_cycle",
    lines: [[3_000, "2027-11-29", "2027-12-29"]],
    total: 3_000,
    due: 3_000,
    paidAt: "2027-11-29T01:00",
    tries: 1,
  },
  {
    made: "2027-12-29",
    reason: "subscription_cycle",
    lines: [[3_000, "2027-12-29", "2028-01-29"]],
    total: 3_000,
    due: 3_000,
    paidAt: "2027-12-29T01:00",
    tries: 1,
  },
  // 2028 is a leap year: this February does have a 29th.
  {
    made: "2028-01-29",
    reason: "subscription_cycle",
    lines: [[3_000, "2028-01-29", "2028-02-29"]],
    total: 3_000,
    due: 3_000,
    paidAt: "2028-01-29T01:00",
    tries: 1,
  },
  {
    made: "2028-02-29",
    reason: "subscription_cycle",
    lines: [[3_000, "2028-02-29", "2028-03-29"]],
    total: 3_000,
    due: 3_000,
    paidAt: "2028-02-29T01:00",
    tries: 1,
  },
  // Canceled on 1 March for the period's end: on 29 March it is over, and nothing more is asked for.
];

function rowOf(invoice: Stripe.Invoice): Row {
  return {
    made: said(invoice.created),
    reason: String(invoice.billing_reason),
    lines: invoice.lines.data.map(({ amount, period }) => [amount, said(period.start), said(period.end)]),
    total: invoice.total,
    due: invoice.amount_due,
    paidAt: said(invoice.status_transitions.paid_at ?? 0),
    tries: invoice.attempt_count,
  };
}

test("fourteen months: trial, upgrade, decline and recovery, downgrade, credit, seats, cancel", async () => {
  const { stripe } = await startWorld();
  const clock = await stripe.testHelpers.testClocks.create({ frozen_time: at("2027-01-15") });
  const moveTo = async (text: string) => {
    await stripe.testHelpers.testClocks.advance(clock.id, { frozen_time: at(text) });
    const status = async () => (await stripe.testHelpers.testClocks.retrieve(clock.id)).status;
    await expect.poll(status, { timeout: 20_000 }).toBe("ready");
  };
  const plan = async (name: string, unit_amount: number) => {
    const product = await stripe.products.create({ name });
    const recurring = { interval: "month" } as const;
    return (await stripe.prices.create({ product: product.id, currency: "usd", unit_amount, recurring })).id;
  };
  const [basic, pro] = [await plan("Basic", 3_000), await plan("Pro", 9_000)];
  const { id: customer } = await stripe.customers.create({ test_clock: clock.id });
  const payWith = async (card: string) => {
    const { id } = await stripe.paymentMethods.attach(card, { customer });
    await stripe.customers.update(customer, { invoice_settings: { default_payment_method: id } });
  };
  await payWith("pm_card_visa");
  const { id, items } = await stripe.subscriptions.create({
    customer,
    items: [{ price: basic }],
    trial_period_days: 14,
  });
  const item = items.data[0]?.id ?? "";
  const status = async () => (await stripe.subscriptions.retrieve(id)).status;
  const balance = async () => ((await stripe.customers.retrieve(customer)) as Stripe.Customer).balance;
  expect(await status()).toBe("trialing");

  await moveTo("2027-01-29T02:00");
  expect(await status()).toBe("active");

  await moveTo("2027-04-09");
  await stripe.subscriptions.update(id, { items: [{ id: item, price: pro }], proration_behavior: "always_invoice" });

  await moveTo("2027-05-20");
  await payWith("pm_card_chargeCustomerFail");
  await moveTo("2027-05-29T02:00");
  expect(await status()).toBe("past_due");
  await moveTo("2027-06-03");
  expect(await status()).toBe("past_due");
  await payWith("pm_card_mastercard");
  await moveTo("2027-06-06T02:00");
  expect(await status()).toBe("active");

  await moveTo("2027-07-09");
  await stripe.subscriptions.update(id, {
    items: [{ id: item, price: basic }],
    proration_behavior: "create_prorations",
  });
  await moveTo("2027-08-01");
  expect(await balance()).toBe(-1_000);

  await moveTo("2027-10-14T06:00");
  expect(await balance()).toBe(0);
  await stripe.subscriptions.update(id, { items: [{ id: item, quantity: 3 }] });
  await moveTo("2027-11-10");
  await stripe.subscriptions.update(id, { items: [{ id: item, quantity: 1 }], proration_behavior: "none" });

  await moveTo("2028-03-01");
  await stripe.subscriptions.update(id, { cancel_at_period_end: true });
  await moveTo("2028-04-15");
  expect(await stripe.subscriptions.retrieve(id)).toMatchObject({ status: "canceled", ended_at: at("2028-03-29") });

  const invoices = await stripe.invoices.list({ customer, limit: 100 });
  expect(invoices.data.reverse().map(rowOf)).toEqual(table);
  expect(new Set(invoices.data.map((invoice) => invoice.status))).toEqual(new Set(["paid"]));
  // What was taken from the cards is what the invoices asked for, to the cent: 688.21.
  const charges = (await stripe.charges.list({ customer, limit: 100 })).data.filter((charge) => charge.paid);
  const taken = charges.reduce((sum, charge) => sum + charge.amount, 0);
  expect(taken).toBe(table.reduce((sum, row) => sum + row.due, 0));
  expect(taken).toBe(68_821);
});
