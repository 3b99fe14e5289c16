/** What customers can be told of, and how a fact of a package becomes a message. Names are facts; data is as in the API's answers. */
import type { Facts } from "@revops/core";
import type { Tx } from "@revops/database";
import type { MarketplaceFacts } from "@revops/marketplace";
import type { PaymentsFacts } from "@revops/payments";
import type { z } from "zod";
import { invoiceSchema } from "../billing/schemas.ts";
import { purchaseSchema } from "../marketplace/schemas.ts";
import type { OutgoingWebhooks } from "./outgoing-webhooks.ts";
import { endedSubscriptionSchema, paymentSchema, subscriptionStateSchema } from "./schemas.ts";

/** The facts that are told; `ping` is the test event. */
type ToldFacts = Pick<
  PaymentsFacts & MarketplaceFacts,
  | "subscription.changed"
  | "subscription.ended"
  | "payment.succeeded"
  | "payment.failed"
  | "invoice.paid"
  | "invoice.payment_failed"
  | "order.paid"
>;

type Telling<Fact> = (fact: Fact) => { readonly subjectId: string; readonly data: object };

/** Takes out what a schema does not name, and writes dates. */
const shown = <Schema extends z.ZodType<object>>(schema: Schema, value: z.input<Schema>): object => schema.parse(value);

const tellings: { readonly [Name in keyof ToldFacts]: Telling<ToldFacts[Name]> } = {
  "subscription.changed": ({ subscription, previousTier }) => ({
    subjectId: subscription.subjectId,
    data: shown(subscriptionStateSchema, { ...subscription, previousTier }),
  }),
  "subscription.ended": ({ subjectId, tier, at }) => ({
    subjectId,
    data: shown(endedSubscriptionSchema, { tier, endedAt: at }),
  }),
  "payment.succeeded": ({ payment }) => ({ subjectId: payment.subjectId, data: shown(paymentSchema, payment) }),
  "payment.failed": ({ payment }) => ({ subjectId: payment.subjectId, data: shown(paymentSchema, payment) }),
  "invoice.paid": ({ invoice }) => ({ subjectId: invoice.subjectId, data: shown(invoiceSchema, invoice) }),
  "invoice.payment_failed": ({ invoice }) => ({ subjectId: invoice.subjectId, data: shown(invoiceSchema, invoice) }),
  // The publisher's: the buyer has the payment. A licence's key is nobody else's business.
  "order.paid": ({ purchase, publisherId, earnings }) => ({
    subjectId: publisherId,
    data: { ...shown(purchaseSchema, { ...purchase, licenseKey: null }), earnings },
  }),
};

export type WebhookEventType = keyof ToldFacts | "ping";

/** Every type that an endpoint may ask for. */
export const webhookEventTypes = [...Object.keys(tellings), "ping"] as readonly WebhookEventType[];

/**
 * Tells customers what the packages say happened, in the transaction in which it happened.
 * @example tellCustomers(facts, webhooks)
 */
export function tellCustomers(facts: Facts<ToldFacts, Tx>, webhooks: Pick<OutgoingWebhooks, "send">): void {
  const connect = <Name extends keyof ToldFacts>(name: Name) =>
    facts.on(name, async (tx, fact) => {
      await webhooks.send({ type: name, ...tellings[name](fact) }, tx);
    });
  // The keys of a literal are the names of its type, which `Object.keys` does not say.
  for (const name of Object.keys(tellings) as (keyof ToldFacts)[]) connect(name);
}
