import type Stripe from "stripe";
import { asksForCard, type CheckoutForm, submitCheckout } from "../checkout/pay.ts";
import { applyDiscounts } from "../checkout/sessions.ts";
import { activeCode } from "../coupons/promotion-codes.ts";
import { invalidRequest, resourceMissing } from "../errors.ts";
import type { Scope } from "../scope.ts";
import { idOf } from "../store/kinds.ts";
import { alertOf, cardFields, fieldOf, readCardForm } from "./card-form.ts";
import { escapeHtml, htmlBadge, htmlPage, htmlTable } from "./html.ts";
import { formatMoney } from "./money.ts";

type Session = Stripe.Checkout.Session;

export function findSession(scope: Scope, id: string): Session {
  const session = scope.objects.find("checkout.session", id);
  if (session === undefined) throw resourceMissing("checkout.session", id);
  return session;
}

const titles = { payment: "Pay", subscription: "Subscribe", setup: "Save a card" } as const;
const titleOf = (session: Session) => titles[session.mode as keyof typeof titles] ?? "Checkout";

/** Where they go when it is done. */
export function successAddress(session: Session): string {
  return (session.success_url ?? "").replaceAll("{CHECKOUT_SESSION_ID}", session.id);
}

/** "2 × $29.00 per month", or that it is paid by use. */
function termsOf({ quantity, price, currency }: Stripe.LineItem): string {
  const recurring = price?.recurring;
  const every = recurring
    ? ` per ${recurring.interval_count === 1 ? "" : `${recurring.interval_count} `}${recurring.interval}`
    : "";
  if (quantity === null) return `by use${every}`;
  const unit = price?.unit_amount == null ? "" : ` ${formatMoney(price.unit_amount, currency)}`;
  return `${quantity} ×${unit}${every}`;
}

export function checkoutPage(scope: Scope, session: Session, notice = ""): string {
  if (session.status !== "open") return overPage(session);
  const currency = session.currency ?? "usd";
  const money = (amount: number) => escapeHtml(formatMoney(amount, currency));
  const items = (session.line_items?.data ?? []).map((item) => [
    `${escapeHtml(item.description)}<small>${escapeHtml(termsOf(item))}</small>`,
    money(item.amount_subtotal),
  ]);
  const off = session.total_details?.amount_discount ?? 0;
  if (off > 0) items.push(["Discount", money(-off)]);
  const email = session.customer_email ?? emailOf(scope, session);
  const action = `/_emulator/checkout/${escapeHtml(session.id)}`;
  const button =
    session.mode === "setup"
      ? "Save card"
      : session.mode === "subscription"
        ? "Subscribe"
        : `Pay ${money(session.amount_total ?? 0)}`;
  return htmlPage(
    titleOf(session),
    `<header><h1>${titleOf(session)}</h1>${session.cancel_url === null ? "" : `<a href="${escapeHtml(session.cancel_url)}">Back</a>`}</header>
${session.mode === "setup" ? "<p>Your card is kept for later. Nothing is charged now.</p>" : `<p class="amount">${money(session.amount_total ?? 0)}</p><p class="muted">due today</p>`}
${alertOf(notice)}
${
  session.mode === "setup"
    ? ""
    : htmlTable([{ heading: "What" }, { heading: "Amount", number: true }], items, {
        foot: ["Due today", money(session.amount_total ?? 0)],
      })
}
${
  session.allow_promotion_codes === true && off === 0
    ? `<form method="post" action="${action}" class="code"><label>Promotion code <input name="promotion_code" autocomplete="off" required></label><button name="step" value="code">Apply</button></form>`
    : ""
}
<form method="post" action="${action}" class="fields">
<label>E-mail <input name="email" type="email" autocomplete="email" value="${escapeHtml(email)}" required></label>
${asksForCard(session) ? cardFields() : ""}
<button class="first" name="step" value="pay">${button}</button>
</form>
<p class="muted">A test page of the Stripe emulator: no money moves. It is open until ${new Date(session.expires_at * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC.</p>`,
    "narrow",
  );
}

function emailOf(scope: Scope, session: Session): string {
  return scope.objects.find("customer", idOf(session.customer) ?? "")?.email ?? "";
}

function overPage(session: Session): string {
  const done = session.status === "complete";
  const next = done ? successAddress(session) : (session.cancel_url ?? "");
  return htmlPage(
    "Checkout",
    `<header><h1>${done ? "Thank you" : "This checkout has expired"}</h1>${htmlBadge(session.status)}</header>
<p>${done ? "It is paid for." : "Go back to the shop and begin again: nothing was charged."}</p>
${next === "" ? "" : `<p><a href="${escapeHtml(next)}">Go on</a></p>`}`,
    "narrow",
  );
}

/** Redeems a code that somebody typed in. */
export function redeemOnPage(scope: Scope, session: Session, body: unknown): void {
  if (session.status !== "open" || session.allow_promotion_codes !== true)
    throw invalidRequest("This checkout takes no promotion codes.");
  const code = activeCode(scope, fieldOf(body, "promotion_code"), idOf(session.customer));
  if (code === undefined) throw invalidRequest("This promotion code is not known.", { param: "promotion_code" });
  applyDiscounts(scope, session, [{ promotion_code: code.id }]);
}

/** Pays, subscribes or keeps the card; says where to send them next. */
export function payOnPage(scope: Scope, session: Session, body: unknown): { next: string } {
  const form: CheckoutForm = {
    email: fieldOf(body, "email"),
    name: fieldOf(body, "name"),
    card: asksForCard(session) ? readCardForm(body) : null,
  };
  if (!/^\S+@\S+$/.test(form.email)) throw invalidRequest("Your e-mail address is incomplete.", { param: "email" });
  const { authenticate } = submitCheckout(scope, session.id, form);
  return { next: authenticate ?? successAddress(session) };
}
