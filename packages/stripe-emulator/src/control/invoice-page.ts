import type Stripe from "stripe";
import { StripeFailure } from "../errors.ts";
import { intentOf } from "../invoices/collect.ts";
import { payInvoice } from "../invoices/routes.ts";
import { need, type Scope } from "../scope.ts";
import { escapeHtml, htmlPage, htmlTable } from "./html.ts";

/** The invoice of a hosted page; the secret in its address is the key to it. */
export function findInvoice(scope: Scope, id: string, secret: string | null): Stripe.Invoice {
  const invoice = scope.objects.find("invoice", id);
  const expected = invoice?.hosted_invoice_url ? new URL(invoice.hosted_invoice_url).searchParams.get("secret") : null;
  if (invoice === undefined || expected === null || expected !== secret)
    throw new StripeFailure(404, {
      type: "invalid_request_error",
      code: "resource_missing",
      message: "There is no such invoice.",
    });
  return invoice;
}

const money = (amount: number, currency: string) => `${amount} ${currency} (minor units)`;
const date = (seconds: number) => new Date(seconds * 1000).toISOString().slice(0, 10);

export function invoicePage(invoice: Stripe.Invoice, action: string, notice = ""): string {
  const lines = invoice.lines.data.map((line) => [
    escapeHtml(line.description),
    `${date(line.period.start)} – ${date(line.period.end)}`,
    escapeHtml(money(line.amount, line.currency)),
  ]);
  const form =
    invoice.status === "open"
      ? `<form method="post" action="${escapeHtml(action)}">
<button name="payment_method" value="pm_card_visa">Pay with a good test card</button>
<button name="payment_method" value="pm_card_chargeCustomerFail">Pay with a declining one</button>
</form>`
      : "";
  return htmlPage(
    `Invoice ${invoice.number ?? ""}`,
    `<h1>Invoice ${escapeHtml(invoice.number)}</h1>
<p>${escapeHtml(invoice.customer_email)} · <strong>${escapeHtml(invoice.status)}</strong> · due ${escapeHtml(money(invoice.amount_remaining, invoice.currency))}</p>
${notice === "" ? "" : `<p role="alert">${escapeHtml(notice)}</p>`}
${htmlTable(["What", "When", "Amount"], lines)}
<p>Total ${escapeHtml(money(invoice.total, invoice.currency))}</p>
${form}`,
  );
}

/** Pays as the person at the page chose. Where the bank wants to see them, answers with the address of that page. */
export function payFromPage(
  scope: Scope,
  invoice: Stripe.Invoice,
  method: string,
): { invoice: Stripe.Invoice; authenticate: string | null } {
  const after = payInvoice(scope, invoice.id, method);
  const intent = after.status === "open" ? intentOf(scope, after) : null;
  return {
    invoice: need(scope, "invoice", invoice.id),
    authenticate:
      intent?.status === "requires_action"
        ? `/_emulator/authenticate/${intent.id}?client_secret=${intent.client_secret}`
        : null,
  };
}
