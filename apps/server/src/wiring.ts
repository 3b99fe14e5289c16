/** Who hears of what: the only place where the packages meet. Each handler runs in the transaction of the fact. */
import { type OutgoingWebhooks, tellCustomers } from "@revops/api";
import type { Auth, AuthFacts, Member } from "@revops/auth";
import { type Facts, hourMs, isRevopsError } from "@revops/core";
import type { Tx } from "@revops/database";
import type { Jobs } from "@revops/jobs";
import type { Marketplace, MarketplaceFacts } from "@revops/marketplace";
import type { Payments, PaymentsFacts } from "@revops/payments";
import type { Saas, SaasFacts } from "@revops/saas";

export type ServerFacts = AuthFacts & PaymentsFacts & SaasFacts & MarketplaceFacts;

export function wire(
  facts: Facts<ServerFacts, Tx>,
  parts: {
    webhooks: OutgoingWebhooks;
    auth: Auth;
    saas: Saas;
    payments: Payments;
    marketplace: Marketplace;
    jobs: Jobs;
    adminEmail: string | undefined;
  },
): void {
  const { webhooks, auth, saas, payments, marketplace, jobs, adminEmail } = parts;
  facts.on(
    "user.registered",
    async (tx, { userId, at }) => void (await saas.entitlements.open({ subjectId: userId, at }, tx)),
  );

  facts.on(
    "organization.created",
    async (tx, { organizationId, at }) => void (await saas.entitlements.open({ subjectId: organizationId, at }, tx)),
  );

  facts.on("email.verified", async (tx, { email }) => {
    if (email === adminEmail) await appointAdmin(auth, adminEmail, tx);
  });

  jobs.handle<{ organizationId: string }>("customer.address-of-organization", ({ organizationId }) =>
    writeToMember({ auth, payments }, organizationId),
  );
  facts.on(
    "organization.member_removed",
    async (tx, { organizationId }) =>
      void (await jobs.enqueue({ name: "customer.address-of-organization", payload: { organizationId } }, tx)),
  );
  tellCustomers(facts, webhooks);
  /** What a subject had elsewhere ends with it. */
  async function endOf(tx: Tx, subjectId: string, at: Date): Promise<void> {
    await webhooks.forget(subjectId, tx);
    await marketplace.forget(subjectId, tx);
    // A cycle that the end of its subscription cuts short is closed, and billed, some minutes later.
    const cardsUntil = (await owesForUse(saas, subjectId, tx)) ? new Date(at.getTime() + hourMs) : at;
    await payments.customers.forget({ subjectId, cardsUntil }, tx);
  }
  facts.on("user.erased", (tx, { userId, at }) => endOf(tx, userId, at));
  facts.on("organization.deleted", (tx, { organizationId, at }) => endOf(tx, organizationId, at));

  wireBilling(facts, { saas, payments });
  wireMarketplace(facts, { marketplace });
}

/** Whether what was used in the cycle under way is still to be charged: the tier's own price was, in advance. */
async function owesForUse(saas: Saas, subjectId: string, tx: Tx): Promise<boolean> {
  try {
    const { statement } = await saas.cycles.preview(subjectId, tx);
    return statement.lines.some(({ kind, amount }) => kind !== "base" && amount.amount > 0);
  } catch (error) {
    // Who was never given anything has used nothing.
    if (isRevopsError(error, "subject_not_found")) return false;
    throw error;
  }
}

/**
 * Stripe writes to whoever paid for an organization last. Once they are no member, or are nobody any more, it is to write to
 * an owner; an organization that is gone has none.
 */
async function writeToMember(
  { auth, payments }: { auth: Auth; payments: Payments },
  organizationId: string,
): Promise<void> {
  const customer = await payments.customers.get(organizationId);
  if (!customer?.email) return;
  const asked = { organizationId, actorId: null };
  let owner: Member | undefined;
  for (let after: string | undefined, more = true; more; ) {
    const { data, next } = await auth.organizations.members.list(asked, { limit: 100, after });
    if (data.some(({ email }) => email === customer.email)) return;
    owner ??= data.find(({ role }) => role === "owner");
    more = next !== null;
    after = next ?? undefined;
  }
  if (owner) await payments.customers.ensure({ subjectId: organizationId, email: owner.email });
}

/** What is subscribed to is granted, and what a cycle came to is charged. */
export function wireBilling(
  facts: Facts<PaymentsFacts & SaasFacts, Tx>,
  { saas, payments }: { saas: Saas; payments: Payments },
): void {
  facts.on("subscription.changed", async (tx, { subscription }) => {
    const { subjectId, tier, status, interval, price } = subscription;
    const { billingCycleAnchor: anchor, currentPeriodStart: start, currentPeriodEnd: end } = subscription;
    await saas.entitlements.assign({ subjectId, tier, status, period: { anchor, interval, start, end }, price }, tx);
  });
  facts.on(
    "subscription.ended",
    async (tx, { subjectId, at }) => void (await saas.entitlements.end({ subjectId, at, billed: true }, tx)),
  );

  facts.on("plan.migrated", (tx, { subjectId }) => payments.subscriptions.reprice(subjectId, tx));

  // An invoice at a renewal is for the period that begins and for the use of those before it.
  facts.on("invoice.paid", async (tx, { invoice: { subjectId, periodStart: through } }) => {
    await saas.cycles.settle({ subjectId, through, state: "paid" }, tx);
  });
  facts.on("invoice.payment_failed", async (tx, { invoice: { subjectId, periodStart: through } }) => {
    await saas.cycles.settle({ subjectId, through, state: "past_due" }, tx);
  });

  // What a cycle came to is charged by Stripe, on the invoice of its period.
  facts.on("cycle.closed", (tx, cycle) => payments.usage.bill(cycle, tx));
}

/** What becomes of a payment becomes of the order that it pays. */
export function wireMarketplace(facts: Facts<ServerFacts, Tx>, { marketplace }: { marketplace: Marketplace }): void {
  // A payment's reference is the order that it pays; settling what is no order of the marketplace changes nothing.
  facts.on("payment.succeeded", async (tx, { payment }) => {
    await marketplace.orders.settle({ reference: payment.reference, paymentId: payment.id, outcome: "succeeded" }, tx);
  });
  facts.on("payment.failed", async (tx, { payment }) => {
    await marketplace.orders.settle({ reference: payment.reference, paymentId: payment.id, outcome: "failed" }, tx);
  });
  facts.on("payment.refunded", async (tx, { payment: { id: paymentId, reference, amountRefunded } }) => {
    await marketplace.refunds.refunded({ reference, paymentId, amountRefunded: amountRefunded.amount }, tx);
  });
  facts.on("refund.failed", async (tx, { refund: { reference: refundId, failureCode: failure } }) => {
    if (refundId !== null) await marketplace.refunds.bounced({ refundId, failure }, tx);
  });
  facts.on("transfer.reversed", async (tx, { transfer: { reference, amountReversed } }) => {
    await marketplace.payouts.reversed({ reference, amountReversed: amountReversed.amount }, tx);
  });
  const dispute = async (tx: Tx, { dispute }: ServerFacts["dispute.opened"], status: "open" | "won" | "lost") => {
    const { id: disputeId, paymentId, reference, amount } = dispute;
    if (paymentId === null || reference === null) return;
    await marketplace.refunds.disputed({ disputeId, reference, paymentId, amount: amount.amount, status }, tx);
  };
  facts.on("dispute.opened", (tx, fact) => dispute(tx, fact, "open"));
  facts.on("dispute.closed", (tx, fact) => dispute(tx, fact, fact.dispute.status === "lost" ? "lost" : "won"));
}

/**
 * Makes whoever has proven to read the address of `ADMIN_EMAIL` an admin. Not who merely registered it: anybody may be
 * first with an address that is not theirs.
 */
export async function appointAdmin(auth: Auth, email: string | undefined, tx?: Tx): Promise<void> {
  const user = email === undefined ? null : await auth.users.findByEmail(email, tx);
  if (user?.emailVerified && user.role !== "admin") await auth.users.setRole(user.id, "admin", tx);
}
