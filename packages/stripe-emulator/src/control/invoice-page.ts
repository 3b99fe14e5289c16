import type Stripe from "stripe";
import { StripeFailure } from "../errors.ts";
import { intentOf } from "../invoices/collect.ts";
import { payInvoice } from "../invoices/routes.ts";
import { need, type Scope } from "../scope.ts";
import { escapeHtml, htmlBadge, htmlPage, htmlTable } from "./html.ts";
import { formatMoney } from "./money.ts";

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

const date = (seconds: number) =>
  new Date(seconds * 1000).toLocaleDateString("en-US", {
    year: "numeric",
    month: "short",
    day: "numeric",
    timeZone: "UTC",
  });

const period = ({ start, end }: { start: number; end: number }) =>
  start === end ? date(start) : `${date(start)} – ${date(end)}`;

const headlines: Readonly<Record<string, string>> = {
  open: "to pay",
  paid: "paid",
  void: "canceled, nothing to pay",
  uncollectible: "written off",
};

export function invoicePage(invoice: Stripe.Invoice, action: string, notice = ""): string {
  const money = (amount: number) => escapeHtml(formatMoney(amount, invoice.currency));
  const lines = invoice.lines.data.map((line) => [
    `${escapeHtml(line.description)}<small>${escapeHtml(period(line.period))}</small>`,
    money(line.amount),
  ]);
  const form =
    invoice.status === "open"
      ? `<form method="post" action="${escapeHtml(action)}">
<button class="first" name="payment_method" value="pm_card_visa">Pay ${money(invoice.amount_remaining)} with a good test card</button>
<button name="payment_method" value="pm_card_authenticationRequired">With one that asks for 3D Secure</button>
<button name="payment_method" value="pm_card_chargeCustomerFail">With a declining one</button>
</form>`
      : "";
  const amount = invoice.status === "open" ? invoice.amount_remaining : invoice.total;
  const balance = invoice.amount_due - invoice.total;
  return htmlPage(
    `Invoice ${invoice.number ?? ""}`,
    `<header><h1>Invoice ${escapeHtml(invoice.number)}</h1>${htmlBadge(invoice.status)}</header>
<p class="amount">${money(amount)}</p>
<p class="muted">${escapeHtml(headlines[invoice.status ?? ""] ?? "")}${invoice.customer_email === null ? "" : ` · ${escapeHtml(invoice.customer_email)}`} · ${escapeHtml(date(invoice.created))}</p>
${notice === "" ? "" : `<p role="alert">${escapeHtml(notice)}</p>`}
${form}
${htmlTable([{ heading: "What" }, { heading: "Amount", number: true }], lines, {
  empty: "Nothing is on this invoice.",
  foot: ["Total", money(invoice.total)],
})}
${invoice.status === "draft" || balance === 0 ? "" : `<p class="muted">From or to the customer's balance: ${money(balance)}. Due: ${money(invoice.amount_due)}.</p>`}
<p class="muted">A test page of the Stripe emulator: no money moves.</p>`,
    "narrow",
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
        ? `/_emulator/authenticate/${intent.id}?${new URLSearchParams({
            client_secret: intent.client_secret ?? "",
            return_url: invoice.hosted_invoice_url ?? "",
          })}`
        : null,
  };
}
