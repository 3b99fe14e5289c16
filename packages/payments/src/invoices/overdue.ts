/** What follows from an invoice and the time it is looked at. */
import { formatMoney } from "@revops/core";
import type { Invoice } from "./invoice.ts";
import type { StoredInvoice } from "./store.ts";

/**
 * Whether an open invoice should have been paid: one that is sent, after its due date; one that is charged automatically,
 * once a try has failed.
 */
export function isOverdue(
  invoice: Pick<StoredInvoice, "status" | "automatic" | "attemptCount" | "dueDate">,
  now: Date,
): boolean {
  if (invoice.status !== "open") return false;
  if (invoice.dueDate !== null) return now.getTime() > invoice.dueDate.getTime();
  return invoice.automatic && invoice.attemptCount > 0;
}

export function toInvoice({ automatic, ...invoice }: StoredInvoice, now: Date): Invoice {
  return { ...invoice, overdue: isOverdue({ ...invoice, automatic }, now) };
}

/** Whether nothing more is expected of anyone. */
export function isSettled({ status }: Pick<Invoice, "status">): boolean {
  return status === "paid" || status === "void" || status === "uncollectible";
}

/** One line for people. @example describeInvoice(invoice) // "RV-0001: $29.00 of $29.00 open" */
export function describeInvoice(invoice: Invoice, locale?: string): string {
  const name = invoice.number ?? invoice.id;
  const due = formatMoney(invoice.amountDue, locale);
  if (invoice.status !== "open") return `${name}: ${due} ${invoice.status}`;
  return `${name}: ${formatMoney(invoice.amountRemaining, locale)} of ${due} ${invoice.overdue ? "overdue" : "open"}`;
}
