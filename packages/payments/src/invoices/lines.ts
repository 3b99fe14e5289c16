/** The lines of an invoice at Stripe. */
import type Stripe from "stripe";
import { ask } from "../gateway/refusal.ts";

/** All of them: an invoice carries the first ten only. */
export async function linesOf(stripe: Stripe, { id, lines }: Stripe.Invoice): Promise<Stripe.InvoiceLineItem[]> {
  if (!lines.has_more) return lines.data;
  return ask(stripe.invoices.listLineItems(id, { limit: 100 }).autoPagingToArray({ limit: 10_000 }));
}
