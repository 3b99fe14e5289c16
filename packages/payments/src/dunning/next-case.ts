/** What an invoice and its last failure make of a case: a pure rule, the same in whatever order one hears of things. */
import { dayMs } from "@revops/core";
import type { StoredInvoice } from "../invoices/store.ts";
import { declineKind } from "./decline.ts";
import type { DunningCase, DunningStatus } from "./dunning-case.ts";

/** Why Stripe's last try failed. */
export interface CollectionFailure {
  readonly declineCode: string | null;
  /** The payment waits for its holder at their bank. */
  readonly requiresAction: boolean;
}

/** Null when there is nothing to do about the invoice. */
export function nextCase(
  known: DunningCase | null,
  invoice: Omit<StoredInvoice, "id">,
  { failure, now, graceDays }: { failure: CollectionFailure | null; now: Date; graceDays: number },
): DunningCase | null {
  const { stripeInvoiceId, stripeSubscriptionId, subjectId, attemptCount: attempts, nextAttemptAt } = invoice;
  const failing = invoice.status === "open" && invoice.automatic && attempts > 0;
  if (!known && (!failing || stripeSubscriptionId === null)) return null;
  const status = failing ? statusOf(failure, nextAttemptAt) : settledStatus(invoice, known);
  const over = status === "recovered" || status === "ended";
  const startedAt = known?.startedAt ?? now;
  return {
    stripeInvoiceId,
    subjectId,
    stripeSubscriptionId,
    status,
    attempts,
    declineCode: failing ? (failure?.declineCode ?? known?.declineCode ?? null) : (known?.declineCode ?? null),
    startedAt,
    nextAttemptAt: status === "retrying" ? nextAttemptAt : null,
    graceEndsAt: known?.graceEndsAt ?? new Date(startedAt.getTime() + graceDays * dayMs),
    endedAt: over ? (known?.endedAt ?? now) : null,
  };
}

function statusOf(failure: CollectionFailure | null, nextAttemptAt: Date | null): DunningStatus {
  if (failure?.requiresAction) return "authentication_required";
  const kind = declineKind(failure?.declineCode ?? null);
  if (kind === "authentication") return "authentication_required";
  if (kind === "hard") return "card_required";
  return nextAttemptAt === null ? "exhausted" : "retrying";
}

function settledStatus({ status }: Pick<StoredInvoice, "status">, known: DunningCase | null): DunningStatus {
  if (status === "paid") return "recovered";
  return status === "open" || status === "draft" ? (known?.status ?? "ended") : "ended";
}
