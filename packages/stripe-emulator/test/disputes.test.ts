import type Stripe from "stripe";
import { expect, test } from "vitest";
import { day, startReceiver, startWorld, type World } from "./world.ts";

async function paid(world: World, card: string, amount = 5_000) {
  const intent = await world.stripe.paymentIntents.create({
    amount,
    currency: "usd",
    payment_method: card,
    allowed_payment_method_types: ["card"],
    confirm: true,
  });
  const [dispute] = (await world.stripe.disputes.list({ payment_intent: intent.id })).data;
  return { charge: String(intent.latest_charge), intent: intent.id, dispute: dispute as Stripe.Dispute };
}
const net = async (world: World) => {
  const { available, pending } = await world.stripe.balance.retrieve();
  return [...available, ...pending].reduce((sum, one) => sum + one.amount, 0);
};
const types = (bodies: { body: string }[], prefix: string) =>
  bodies.map(({ body }) => (JSON.parse(body) as Stripe.Event).type).filter((type) => type.startsWith(prefix));

test("a disputed payment loses its money and a fee at once, and gets it back with winning evidence", async () => {
  const receiver = await startReceiver();
  const world = await startWorld({ webhookEndpoints: [{ url: receiver.url, secret: "whsec_test" }] });
  const { charge, intent, dispute } = await paid(world, "pm_card_createDispute");
  expect(dispute).toMatchObject({
    status: "needs_response",
    amount: 5_000,
    charge,
    payment_intent: intent,
    reason: "fraudulent",
  });
  expect(dispute.balance_transactions).toMatchObject([{ type: "adjustment", amount: -5_000, fee: 1_500, net: -6_500 }]);
  expect((await world.stripe.charges.retrieve(charge)).disputed).toBe(true);
  await expect(world.stripe.refunds.create({ charge })).rejects.toMatchObject({ code: "charge_disputed" });
  expect(await net(world)).toBe(5_000 - 175 - 6_500);

  const kept = await world.stripe.disputes.update(dispute.id, {
    evidence: { customer_name: "Ada" },
    submit: false,
  });
  expect(kept).toMatchObject({
    status: "needs_response",
    evidence_details: { has_evidence: true, submission_count: 0 },
  });
  const won = await world.stripe.disputes.update(dispute.id, { evidence: { uncategorized_text: "winning_evidence" } });
  expect(won).toMatchObject({ status: "won", evidence: { customer_name: "Ada" } });
  expect(won.balance_transactions.map((one) => one.net)).toEqual([-6_500, 5_000]);
  expect(await net(world)).toBe(5_000 - 175 - 1_500);
  await expect(world.stripe.disputes.close(dispute.id)).rejects.toMatchObject({ statusCode: 400 });
  await world.emulator.settle();
  expect(types(receiver.bodies, "charge.dispute").sort()).toEqual([
    "charge.dispute.closed",
    "charge.dispute.created",
    "charge.dispute.funds_reinstated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.updated",
    "charge.dispute.updated",
  ]);
});

test.each([
  [
    "losing evidence",
    async (world: World, id: string) =>
      world.stripe.disputes.update(id, { evidence: { uncategorized_text: "losing_evidence" } }),
  ],
  ["giving in", async (world: World, id: string) => world.stripe.disputes.close(id)],
  ["no answer in time", async (world: World) => world.advance(9 * day + 1)],
])("%s loses the dispute", async (_name, lose) => {
  const world = await startWorld();
  const { dispute } = await paid(world, "pm_card_createDisputeProductNotReceived");
  expect(dispute.reason).toBe("product_not_received");
  await lose(world, dispute.id);
  expect((await world.stripe.disputes.retrieve(dispute.id)).status).toBe("lost");
  expect(await net(world)).toBe(5_000 - 175 - 6_500);
});

test("an inquiry takes no money until it is escalated; the payment can still be refunded", async () => {
  const world = await startWorld();
  const { charge, dispute } = await paid(world, "pm_card_createDisputeInquiry");
  expect(dispute).toMatchObject({
    status: "warning_needs_response",
    is_charge_refundable: true,
    balance_transactions: [],
  });
  await world.stripe.refunds.create({ charge, amount: 1_000 });
  const escalated = await world.stripe.disputes.update(dispute.id, {
    evidence: { uncategorized_text: "escalate_inquiry_evidence" },
  });
  expect(escalated).toMatchObject({ status: "needs_response", is_charge_refundable: false });
  expect(escalated.balance_transactions).toHaveLength(1);
});

test("other evidence stays under review, and a card may be disputed twice", async () => {
  const world = await startWorld();
  const { intent, dispute } = await paid(world, "pm_card_createMultipleDisputes");
  expect((await world.stripe.disputes.list({ payment_intent: intent })).data).toHaveLength(2);
  const sent = await world.stripe.disputes.update(dispute.id, { evidence: { receipt: "file_1" } });
  expect(sent.status).toBe("under_review");
  await world.advance(200 * day);
  expect((await world.stripe.disputes.retrieve(dispute.id)).status).toBe("under_review");
});

test("a refund can be under way for a while, or come back", async () => {
  const world = await startWorld();
  const slow = await paid(world, "pm_card_pendingRefund");
  const bad = await paid(world, "pm_card_refundFail");
  const pending = await world.stripe.refunds.create({ charge: slow.charge });
  const failing = await world.stripe.refunds.create({ charge: bad.charge });
  expect([pending.status, failing.status]).toEqual(["pending", "succeeded"]);
  const before = await net(world);
  await world.advance(3_601);
  expect((await world.stripe.refunds.retrieve(pending.id)).status).toBe("succeeded");
  expect(await world.stripe.refunds.retrieve(failing.id)).toMatchObject({
    status: "failed",
    failure_reason: "expired_or_canceled_card",
  });
  expect(await net(world)).toBe(before + 5_000);
  expect(await world.stripe.charges.retrieve(bad.charge)).toMatchObject({ refunded: false, amount_refunded: 0 });
});
