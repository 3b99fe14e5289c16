/** Follows an invoice that could not be collected, in the transaction that learns of it. */
import { type Clock, canonicalJson, type FactEmitter } from "@revops/core";
import type { Tx } from "@revops/database";
import type { Jobs } from "@revops/jobs";
import type { PaymentsFacts } from "../facts.ts";
import { toInvoice } from "../invoices/overdue.ts";
import type { StoredInvoice } from "../invoices/store.ts";
import { type DunningCase, isOpen } from "./dunning-case.ts";
import { type CollectionFailure, nextCase } from "./next-case.ts";
import type { DunningStore } from "./store.ts";

/** The job that ends a subscription that nobody paid for. */
export const endOfGraceJob = "payments.dunning.end-of-grace";
/** The job that keeps Stripe from trying a card that will not pay. */
export const holdRetriesJob = "payments.dunning.hold-retries";

export type FollowInvoice = (tx: Tx, invoice: StoredInvoice, failure: CollectionFailure | null) => Promise<void>;

export function createFollowInvoice(options: {
  readonly clock: Clock;
  readonly jobs: Jobs;
  readonly store: DunningStore;
  readonly facts: FactEmitter<PaymentsFacts, Tx> | undefined;
  readonly graceDays: number;
}): FollowInvoice {
  const { clock, jobs, store, facts, graceDays } = options;

  async function tell(tx: Tx, before: DunningCase | null, after: DunningCase, invoice: StoredInvoice): Promise<void> {
    const fact = { dunning: after, invoice: toInvoice(invoice, clock.now()) };
    if (!before && isOpen(after)) await facts?.emit(tx, "dunning.started", fact);
    const tried = before?.attempts !== after.attempts || before?.status !== after.status;
    if (!tried && before?.nextAttemptAt?.getTime() === after.nextAttemptAt?.getTime()) return;
    const payload = { stripeInvoiceId: after.stripeInvoiceId };
    switch (after.status) {
      case "retrying":
        return facts?.emit(tx, "dunning.retry_scheduled", fact);
      case "card_required":
        await jobs.enqueue({ name: holdRetriesJob, payload, dedupeKey: after.stripeInvoiceId }, tx);
        return facts?.emit(tx, "dunning.card_required", fact);
      case "authentication_required":
        return facts?.emit(tx, "dunning.authentication_required", fact);
      case "exhausted":
        return facts?.emit(tx, "dunning.exhausted", fact);
      case "recovered":
        return before && isOpen(before) ? facts?.emit(tx, "dunning.recovered", fact) : undefined;
      case "ended":
        return before && isOpen(before) ? facts?.emit(tx, "dunning.ended", fact) : undefined;
    }
  }

  return async (tx, invoice, failure) => {
    const before = await store.find(tx, invoice.stripeInvoiceId);
    const after = nextCase(before, invoice, { failure, now: clock.now(), graceDays });
    if (!after || canonicalJson(after) === canonicalJson(before)) return;
    await store.put(tx, after);
    if (!before && isOpen(after)) {
      const payload = { stripeInvoiceId: after.stripeInvoiceId };
      await jobs.enqueue({ name: endOfGraceJob, payload, runAt: after.graceEndsAt }, tx);
    }
    await tell(tx, before, after, invoice);
  };
}
