import { expect, test } from "vitest";
import { targetOf } from "./handlers.ts";

test.for([
  ["payment_intent.succeeded", { id: "pi_1" }, { kind: "payment_intent", id: "pi_1" }],
  ["payment_intent.payment_failed", { id: "pi_1" }, { kind: "payment_intent", id: "pi_1" }],
  ["customer.subscription.created", { id: "sub_1" }, { kind: "subscription", id: "sub_1" }],
  ["customer.subscription.updated", { id: "sub_1" }, { kind: "subscription", id: "sub_1" }],
  ["customer.subscription.deleted", { id: "sub_1" }, { kind: "subscription", id: "sub_1" }],
  ["subscription_schedule.released", { released_subscription: "sub_1" }, { kind: "subscription", id: "sub_1" }],
  ["invoice.paid", { id: "in_1" }, { kind: "invoice", id: "in_1" }],
  ["invoice.payment_failed", { id: "in_1" }, { kind: "invoice", id: "in_1" }],
  ["charge.failed", { id: "ch_1", payment_intent: "pi_1" }, { kind: "payment_intent", id: "pi_1" }],
  ["charge.refunded", { id: "ch_1", payment_intent: "pi_1" }, { kind: "payment_intent", id: "pi_1" }],
] as const)("%s makes us look at the object that it is about", ([type, object, target]) => {
  expect(targetOf(type, object)).toEqual(target);
});

test.for([
  ["a type that we have no use for", "customer.tax_id.created", { id: "txi_1" }],
  ["a type named like a member that every object has", "constructor", { id: "x" }],
  ["a charge without a payment intent", "charge.refunded", { id: "ch_1", payment_intent: null }],
  ["an id that is no text", "invoice.paid", { id: 7 }],
] as const)("%s makes us look at nothing", ([, type, object]) => {
  expect(targetOf(type, object)).toBeNull();
});
