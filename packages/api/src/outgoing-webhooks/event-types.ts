/** What customers can be told of, and how a fact of a package becomes a message. Names are facts; data is as in the API's answers. */
import type { AuthFacts } from "@revops/auth";
import type { Facts } from "@revops/core";
import type { Tx } from "@revops/database";
import type { MarketplaceFacts } from "@revops/marketplace";
import type { PaymentsFacts } from "@revops/payments";
import type { SaasFacts } from "@revops/saas";
import type { z } from "zod";
import { invoiceSchema } from "../billing/schemas.ts";
import type { OutgoingWebhooks } from "./outgoing-webhooks.ts";
import {
  creditAlertSchema,
  endedSubscriptionSchema,
  membershipChangeSchema,
  membershipEndSchema,
  organizationNameChangeSchema,
  paymentSchema,
  pingSchema,
  quotaAlertSchema,
  saleSchema,
  subscriptionStateSchema,
  tierChangeSchema,
} from "./schemas.ts";

/** The facts that are told; `ping` is the test event. */
type ToldFacts = Pick<
  AuthFacts & SaasFacts & PaymentsFacts & MarketplaceFacts,
  | "subscription.changed"
  | "subscription.ended"
  | "tier.changed"
  | "payment.succeeded"
  | "payment.failed"
  | "invoice.paid"
  | "invoice.payment_failed"
  | "quota.near_limit"
  | "quota.reached"
  | "credits.low"
  | "credits.exhausted"
  | "organization.renamed"
  | "organization.member_added"
  | "organization.member_role_changed"
  | "organization.member_removed"
  | "order.paid"
>;

interface Telling<Fact> {
  /** One line for the document. */
  readonly summary: string;
  /** Of `data`. */
  readonly schema: z.ZodType;
  /** Whom it is told, and what. */
  readonly of: (fact: Fact) => { readonly subjectId: string; readonly data: object };
}

function telling<Fact, Schema extends z.ZodType<object>>(
  summary: string,
  schema: Schema,
  of: (fact: Fact) => readonly [subjectId: string, data: z.input<Schema>],
): Telling<Fact> {
  return {
    summary,
    schema,
    of(fact) {
      const [subjectId, data] = of(fact);
      // Takes out what the schema does not name, and writes dates.
      return { subjectId, data: schema.parse(data) };
    },
  };
}

const tellings: { readonly [Name in keyof ToldFacts]: Telling<ToldFacts[Name]> } = {
  "subscription.changed": telling(
    "My subscription is another one, or in another state",
    subscriptionStateSchema,
    ({ subscription, previousTier }) => [subscription.subjectId, { ...subscription, previousTier }],
  ),
  "subscription.ended": telling("My subscription is over", endedSubscriptionSchema, ({ subjectId, tier, at }) => [
    subjectId,
    { tier, endedAt: at },
  ]),
  "tier.changed": telling("What I may use is another tier's", tierChangeSchema, ({ subjectId, ...change }) => [
    subjectId,
    change,
  ]),
  "payment.succeeded": telling("A payment of mine succeeded", paymentSchema, ({ payment }) => [
    payment.subjectId,
    payment,
  ]),
  "payment.failed": telling("A payment of mine failed", paymentSchema, ({ payment }) => [payment.subjectId, payment]),
  "invoice.paid": telling("An invoice of mine is paid", invoiceSchema, ({ invoice }) => [invoice.subjectId, invoice]),
  "invoice.payment_failed": telling("An invoice of mine could not be paid", invoiceSchema, ({ invoice }) => [
    invoice.subjectId,
    invoice,
  ]),
  "quota.near_limit": telling(
    "My use crossed a threshold below a limit: once for each period, limit and threshold",
    quotaAlertSchema,
    (alert) => [alert.subjectId, alert],
  ),
  "quota.reached": telling("My use reached a limit, or a threshold beyond it", quotaAlertSchema, (alert) => [
    alert.subjectId,
    alert,
  ]),
  "credits.low": telling("My use has left a fifth or less of my credits", creditAlertSchema, (alert) => [
    alert.subjectId,
    alert,
  ]),
  "credits.exhausted": telling("My use has taken the last of my credits", creditAlertSchema, (alert) => [
    alert.subjectId,
    alert,
  ]),
  "organization.renamed": telling(
    "The organization has another name",
    organizationNameChangeSchema,
    ({ organizationId, ...change }) => [organizationId, change],
  ),
  "organization.member_added": telling(
    "Somebody joined the organization",
    membershipChangeSchema,
    ({ organizationId, ...member }) => [organizationId, member],
  ),
  "organization.member_role_changed": telling(
    "A member of the organization has another role",
    membershipChangeSchema,
    ({ organizationId, ...member }) => [organizationId, member],
  ),
  "organization.member_removed": telling(
    "Somebody left the organization, or was removed",
    membershipEndSchema,
    ({ organizationId, ...member }) => [organizationId, member],
  ),
  // The publisher's: the buyer has the payment. A licence's key is nobody else's business.
  "order.paid": telling("A package of mine was sold", saleSchema, ({ purchase, publisherId, earnings }) => [
    publisherId,
    { ...purchase, licenseKey: null, earnings },
  ]),
};

export type WebhookEventType = keyof ToldFacts | "ping";

/** Every message there is, for the document. */
export const webhookMessages: Readonly<Record<WebhookEventType, { summary: string; schema: z.ZodType }>> = {
  ...tellings,
  ping: { summary: "The test event", schema: pingSchema },
};

/** Every type that an endpoint may ask for. */
export const webhookEventTypes = Object.keys(webhookMessages) as readonly WebhookEventType[];

/**
 * Tells customers what the packages say happened, in the transaction in which it happened.
 * @example tellCustomers(facts, webhooks)
 */
export function tellCustomers(facts: Facts<ToldFacts, Tx>, webhooks: Pick<OutgoingWebhooks, "send">): void {
  const connect = <Name extends keyof ToldFacts>(name: Name) =>
    facts.on(name, async (tx, fact) => {
      await webhooks.send({ type: name, ...tellings[name].of(fact) }, tx);
    });
  // The keys of a literal are the names of its type, which `Object.keys` does not say.
  for (const name of Object.keys(tellings) as (keyof ToldFacts)[]) connect(name);
}
