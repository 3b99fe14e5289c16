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
  changedReviewSchema,
  creditAlertSchema,
  disputedSaleSchema,
  endedSubscriptionSchema,
  listingVerdictSchema,
  membershipChangeSchema,
  membershipEndSchema,
  organizationNameChangeSchema,
  paymentSchema,
  pingSchema,
  quotaAlertSchema,
  refundedSaleSchema,
  removedReviewSchema,
  reversedPayoutSchema,
  saleSchema,
  soldSchema,
  subscriptionStateSchema,
  tierChangeSchema,
  toldPayoutSchema,
  toldReviewSchema,
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
  | "order.renewed"
  | "order.ended"
  | "order.refunded"
  | "order.disputed"
  | "payout.paid"
  | "payout.failed"
  | "payout.reversed"
  | "listing.approved"
  | "listing.rejected"
  | "listing.suspended"
  | "listing.reinstated"
  | "review.created"
  | "review.updated"
  | "review.removed"
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

type Verdict = ToldFacts["listing.approved"];
const toldVerdict = (summary: string) =>
  telling(summary, listingVerdictSchema, ({ listing, reason, at }: Verdict) => {
    const { id: packageId, publisher, slug, name, status } = listing;
    return [publisher.id, { packageId, slug, name, status, reason, at }];
  });

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
  "order.renewed": telling(
    "A subscription to a package of mine was paid for another period",
    saleSchema,
    ({ purchase, publisherId, earnings }) => [publisherId, { ...purchase, licenseKey: null, earnings }],
  ),
  "order.ended": telling("A subscription to a package of mine is over", soldSchema, ({ purchase, publisherId }) => [
    publisherId,
    { ...purchase, licenseKey: null },
  ]),
  "order.refunded": telling(
    "Money of a sale of mine went back to its buyer",
    refundedSaleSchema,
    ({ purchase, publisherId, amount, commission, earnings, full }) => [
      publisherId,
      { ...purchase, licenseKey: null, refund: { amount, commission, earnings, full } },
    ],
  ),
  "order.disputed": telling(
    "A buyer's bank disputes a sale of mine, or has decided",
    disputedSaleSchema,
    ({ purchase, publisherId, disputeId: id, status, amount, earnings }) => [
      publisherId,
      { ...purchase, licenseKey: null, dispute: { id, status, amount, earnings } },
    ],
  ),
  "payout.paid": telling("Money that I am owed is on its way to me", toldPayoutSchema, ({ payout }) => [
    payout.publisherId,
    payout,
  ]),
  "payout.failed": telling("A payout was refused; I am owed its amount as before", toldPayoutSchema, ({ payout }) => [
    payout.publisherId,
    payout,
  ]),
  "payout.reversed": telling(
    "Money of a payout came back; it is owed to me again",
    reversedPayoutSchema,
    ({ payout, amount: reversed }) => [payout.publisherId, { ...payout, reversed }],
  ),
  "listing.approved": toldVerdict("A listing of mine was approved and is on sale"),
  "listing.rejected": toldVerdict("A listing of mine was looked at and comes back to me"),
  "listing.suspended": toldVerdict("A listing of mine was suspended: nobody can buy or download it"),
  "listing.reinstated": toldVerdict("A listing of mine is on sale again"),
  "review.created": telling("A buyer reviewed a package of mine", toldReviewSchema, ({ review, publisherId }) => [
    publisherId,
    review,
  ]),
  "review.updated": telling(
    "A buyer changed their review of a package of mine",
    changedReviewSchema,
    ({ review, previous, publisherId }) => [publisherId, { ...review, previous }],
  ),
  "review.removed": telling(
    "A buyer's review of a package of mine is gone: they took it away, or the money for the package went back",
    removedReviewSchema,
    ({ review, publisherId, at: removedAt }) => [publisherId, { ...review, removedAt }],
  ),
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
