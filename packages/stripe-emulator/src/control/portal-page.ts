import type Stripe from "stripe";
import { createPortalSetup, portalSeconds } from "../billing-portal/sessions.ts";
import { updateCustomer } from "../customers/customers.ts";
import { invalidRequest, StripeFailure } from "../errors.ts";
import { previewInvoice } from "../invoices/preview.ts";
import { createPaymentMethod, detachPaymentMethod } from "../payment-methods/payment-methods.ts";
import { need, type Scope } from "../scope.ts";
import { confirmSetupIntent } from "../setup-intents/setup-intents.ts";
import { idOf } from "../store/kinds.ts";
import { updateSubscription } from "../subscriptions/update.ts";
import { alertOf, cardFields, fieldOf, readCardForm } from "./card-form.ts";
import { escapeHtml, htmlBadge, htmlPage, htmlTable } from "./html.ts";
import { formatMoney } from "./money.ts";

type Session = Stripe.BillingPortal.Session;

/** A portal as it is asked for: what is shown first, and what was just done or refused. */
export interface PortalView {
  view: string;
  subscription: string;
  price: string;
  notice: string;
}

/** The portal of an address: the whole address is its key. */
export function findPortal(scope: Scope, key: string): Session {
  const session = scope.objects.find("billing_portal.session", key.slice(0, -24));
  if (session === undefined || !session.url.endsWith(`/${key}`) || session.created + portalSeconds < scope.now)
    throw new StripeFailure(404, {
      type: "invalid_request_error",
      message: "This portal has closed. Go back to the shop and open it again.",
    });
  return session;
}

const path = (session: Session) => new URL(session.url).pathname;
const date = (seconds: number) =>
  new Date(seconds * 1000).toLocaleDateString("en-US", {
    year: "numeric",
    month: "long",
    day: "numeric",
    timeZone: "UTC",
  });

function nameOf(scope: Scope, price: Stripe.Price): string {
  return scope.objects.find("product", idOf(price.product) ?? "")?.name ?? price.id;
}

function costOf(price: Stripe.Price): string {
  const { recurring } = price;
  const every = recurring
    ? ` per ${recurring.interval_count === 1 ? "" : `${recurring.interval_count} `}${recurring.interval}`
    : "";
  return price.unit_amount === null ? `by use${every}` : `${formatMoney(price.unit_amount, price.currency)}${every}`;
}

const living = (subscription: Stripe.Subscription) => subscription.ended_at === null;

/** The subscriptions a customer may do something with. */
function subscriptionsOf(scope: Scope, session: Session): Stripe.Subscription[] {
  return scope.objects.all("subscription", { customer: session.customer }).filter(living);
}

function subscriptionOf(scope: Scope, session: Session, id: string): Stripe.Subscription {
  const found = subscriptionsOf(scope, session).find((one) => one.id === id);
  if (found === undefined) throw invalidRequest("There is no such subscription to change.");
  return found;
}

/** The prices that a subscription of one licensed item may change to: active, of an active product, in its currency. */
function offersFor(scope: Scope, subscription: Stripe.Subscription): Stripe.Price[] {
  const [item, ...others] = subscription.items.data;
  if (item === undefined || others.length > 0 || subscription.schedule !== null) return [];
  return scope.objects
    .all("price", {
      active: true,
      type: "recurring",
      currency: subscription.currency,
      "recurring.usage_type": "licensed",
    })
    .filter((price) => scope.objects.find("product", idOf(price.product) ?? "")?.active === true);
}

const button = (action: string, fields: Record<string, string>, label: string, first = false) =>
  `<form method="post" action="${escapeHtml(action)}" class="inline">${Object.entries(fields)
    .map(([name, value]) => `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`)
    .join("")}<button${first ? ' class="first"' : ""}>${label}</button></form>`;

export function portalPage(scope: Scope, session: Session, shown: PortalView): string {
  const customer = need(scope, "customer", session.customer);
  const wanted = {
    ...shown,
    view: shown.view || viewOfFlow(session),
    subscription: shown.subscription || subscriptionOfFlow(session),
  };
  const back = session.return_url === null ? "" : `<a href="${escapeHtml(session.return_url)}">Back to the shop</a>`;
  const title = "Your billing";
  return htmlPage(
    title,
    `<header><h1>${title}</h1>${back}</header>
<p class="muted">${escapeHtml(customer.name ?? customer.email ?? customer.id)}</p>
${alertOf(wanted.notice)}
${bodyOf(scope, session, wanted)}
<p class="muted">A test page of the Stripe emulator: no money moves.</p>`,
    "narrow",
  );
}

const viewOfFlow = ({ flow }: Session) =>
  flow?.type === "payment_method_update"
    ? "card"
    : flow?.type === "subscription_cancel"
      ? "cancel"
      : flow?.type === "subscription_update"
        ? "plan"
        : "";
const subscriptionOfFlow = ({ flow }: Session) =>
  flow?.subscription_cancel?.subscription ?? flow?.subscription_update?.subscription ?? "";

function bodyOf(scope: Scope, session: Session, { view, subscription, price }: PortalView): string {
  switch (view) {
    case "card":
      return cardView(session);
    case "cancel":
      return cancelView(scope, session, subscriptionOf(scope, session, subscription));
    case "plan":
      return planView(scope, session, subscriptionOf(scope, session, subscription));
    case "confirm":
      return confirmView(scope, session, subscriptionOf(scope, session, subscription), price);
    default:
      return homeView(scope, session);
  }
}

const home = (session: Session) => `<p><a href="${escapeHtml(path(session))}?view=home">Go back</a></p>`;

function homeView(scope: Scope, session: Session): string {
  return `<h2>Subscriptions</h2>
${
  subscriptionsOf(scope, session)
    .map((one) => subscriptionCard(scope, session, one))
    .join("") || `<p class="empty">No subscription at the moment.</p>`
}
<h2>Cards</h2>
${methodsTable(scope, session)}
<p><a class="button" href="${escapeHtml(path(session))}?view=card">Add a card</a></p>
<h2>Invoices</h2>
${invoicesTable(scope, session)}`;
}

function subscriptionCard(scope: Scope, session: Session, subscription: Stripe.Subscription): string {
  const items = subscription.items.data.map(
    (item) =>
      `<strong>${escapeHtml(nameOf(scope, item.price))}</strong> <span class="muted">${item.quantity === undefined || item.quantity === 1 ? "" : `${item.quantity} × `}${escapeHtml(costOf(item.price))}</span>`,
  );
  const end = subscription.items.data[0]?.current_period_end ?? 0;
  const when =
    subscription.cancel_at !== null
      ? `Ends on ${date(subscription.cancel_at)}`
      : subscription.status === "trialing"
        ? `Trial until ${date(end)}`
        : `Renews on ${date(end)}`;
  const link = (view: string, label: string) =>
    `<a class="button" href="${escapeHtml(path(session))}?${escapeHtml(new URLSearchParams({ view, subscription: subscription.id }))}">${label}</a>`;
  const actions =
    subscription.cancel_at !== null
      ? button(path(session), { step: "renew", subscription: subscription.id }, "Do not cancel", true)
      : `${offersFor(scope, subscription).length > 1 ? link("plan", "Change plan") : ""} ${link("cancel", "Cancel")}`;
  return `<section class="card"><p>${items.join("<br>")} ${htmlBadge(subscription.status)}</p><p class="muted">${when}</p><div class="actions">${actions}</div></section>`;
}

function methodsTable(scope: Scope, session: Session): string {
  const customer = need(scope, "customer", session.customer);
  const standard = idOf(customer.invoice_settings.default_payment_method);
  const rows = scope.objects
    .all("payment_method", { customer: session.customer })
    .map((method) => [
      `${escapeHtml(method.card?.brand)} •••• ${escapeHtml(method.card?.last4)}<small>expires ${String(method.card?.exp_month).padStart(2, "0")}/${method.card?.exp_year}</small>`,
      method.id === standard
        ? `<span class="badge good">default</span>`
        : `${button(path(session), { step: "default", method: method.id }, "Make default")} ${button(path(session), { step: "remove", method: method.id }, "Remove")}`,
    ]);
  return htmlTable([{ heading: "Card" }, { heading: "", number: true }], rows, { empty: "No card yet." });
}

function invoicesTable(scope: Scope, session: Session): string {
  const rows = scope.objects
    .page("invoice", { customer: session.customer, status: ["open", "paid", "uncollectible", "void"] }, { limit: 24 })
    .data.map((invoice) => [
      `<a href="${escapeHtml(invoice.hosted_invoice_url)}">${escapeHtml(invoice.number)}</a><small>${date(invoice.created)}</small>`,
      htmlBadge(invoice.status),
      escapeHtml(formatMoney(invoice.total, invoice.currency)),
    ]);
  return htmlTable([{ heading: "Invoice" }, { heading: "Status" }, { heading: "Amount", number: true }], rows, {
    empty: "No invoice yet.",
  });
}

function cardView(session: Session): string {
  return `<h2>Add a card</h2>
<p>It becomes the card that pays from now on.</p>
<form method="post" action="${escapeHtml(path(session))}" class="fields"><input type="hidden" name="step" value="card">
${cardFields()}
<button class="first">Add card</button>
</form>
${home(session)}`;
}

function cancelView(scope: Scope, session: Session, subscription: Stripe.Subscription): string {
  const end = subscription.items.data[0]?.current_period_end ?? scope.now;
  return `<h2>Cancel your plan</h2>
<p>${subscription.items.data.map((item) => escapeHtml(nameOf(scope, item.price))).join(", ")} stays yours until ${date(end)}. After that nothing is charged any more.</p>
${button(path(session), { step: "cancel", subscription: subscription.id }, "Cancel plan", true)}
${home(session)}`;
}

function planView(scope: Scope, session: Session, subscription: Stripe.Subscription): string {
  const now = subscription.items.data[0]?.price.id;
  const rows = offersFor(scope, subscription).map((price) => [
    `<strong>${escapeHtml(nameOf(scope, price))}</strong><small>${escapeHtml(costOf(price))}</small>`,
    price.id === now
      ? `<span class="badge">your plan</span>`
      : `<a class="button" href="${escapeHtml(path(session))}?${escapeHtml(new URLSearchParams({ view: "confirm", subscription: subscription.id, price: price.id }))}">Choose ${escapeHtml(nameOf(scope, price))}</a>`,
  ]);
  return `<h2>Change your plan</h2>${htmlTable([{ heading: "Plan" }, { heading: "", number: true }], rows)}${home(session)}`;
}

/** The change that a plan is: the old rest is given back, the new one charged, now. */
function change(subscription: Stripe.Subscription, price: string) {
  const [item] = subscription.items.data;
  return {
    items: [{ id: item?.id ?? "", price, quantity: item?.quantity }],
    proration_behavior: "always_invoice" as const,
  };
}

function confirmView(scope: Scope, session: Session, subscription: Stripe.Subscription, priceId: string): string {
  const price = offersFor(scope, subscription).find((one) => one.id === priceId);
  if (price === undefined) throw invalidRequest("There is no such plan to change to.");
  const preview = previewInvoice(scope, {
    subscription: subscription.id,
    subscription_details: change(subscription, price.id),
  });
  const money = (amount: number) => escapeHtml(formatMoney(amount, preview.currency));
  const lines = preview.lines.data.map((line) => [escapeHtml(line.description), money(line.amount)]);
  return `<h2>Change to ${escapeHtml(nameOf(scope, price))}</h2>
<p class="amount">${money(preview.amount_due)}</p><p class="muted">due today, then ${escapeHtml(costOf(price))}</p>
${htmlTable([{ heading: "What" }, { heading: "Amount", number: true }], lines, { foot: ["Due today", money(preview.amount_due)] })}
${button(path(session), { step: "switch", subscription: subscription.id, price: price.id }, "Confirm", true)}
${home(session)}`;
}

/** Where a flow that is done leads: back to the shop if it was made so, or to the portal itself. */
function afterwards(session: Session): string {
  const { flow } = session;
  return flow?.after_completion.type === "redirect" && flow.after_completion.redirect !== null
    ? flow.after_completion.redirect.return_url
    : `${session.url}?view=home`;
}

/** Does what the person at the portal asked for; says where to send them next. */
export function actOnPortal(scope: Scope, session: Session, body: unknown): { next: string } {
  const step = fieldOf(body, "step");
  const subscription = fieldOf(body, "subscription");
  const method = fieldOf(body, "method");
  switch (step) {
    case "card":
      return addCard(scope, session, body);
    case "default":
      updateCustomer(scope, session.customer, { invoice_settings: { default_payment_method: method } });
      return { next: `${session.url}?view=home` };
    case "remove": {
      if (idOf(need(scope, "payment_method", method).customer) !== session.customer)
        throw invalidRequest("There is no such card.");
      detachPaymentMethod(scope, method);
      return { next: `${session.url}?view=home` };
    }
    case "cancel":
    case "renew":
      updateSubscription(
        scope,
        subscriptionOf(scope, session, subscription).id,
        step === "cancel" ? { cancel_at_period_end: true } : { cancel_at: null },
      );
      return { next: step === "cancel" ? afterwards(session) : `${session.url}?view=home` };
    case "switch":
      return switchPlan(scope, session, subscriptionOf(scope, session, subscription), fieldOf(body, "price"));
    default:
      throw invalidRequest("There is nothing like that to do here.");
  }
}

function addCard(scope: Scope, session: Session, body: unknown): { next: string } {
  const billing_details = { name: fieldOf(body, "name") || null };
  const method = createPaymentMethod(scope, { card: readCardForm(body), billing_details });
  const intent = createPortalSetup(scope, session.customer);
  const confirmed = confirmSetupIntent(scope, intent.id, { payment_method: method.id });
  if (confirmed.status !== "requires_action") return { next: afterwards(session) };
  const query = new URLSearchParams({ client_secret: intent.client_secret ?? "", return_url: afterwards(session) });
  return { next: `/_emulator/authenticate/${intent.id}?${query}` };
}

function switchPlan(
  scope: Scope,
  session: Session,
  subscription: Stripe.Subscription,
  price: string,
): { next: string } {
  if (!offersFor(scope, subscription).some((one) => one.id === price))
    throw invalidRequest("There is no such plan to change to.");
  updateSubscription(scope, subscription.id, {
    ...change(subscription, price),
    payment_behavior: "error_if_incomplete",
  });
  return { next: afterwards(session) };
}
