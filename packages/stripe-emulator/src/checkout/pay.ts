import type Stripe from "stripe";
import { createCustomer, updateCustomer } from "../customers/customers.ts";
import { StripeFailure } from "../errors.ts";
import { intentOf } from "../invoices/collect.ts";
import { payInvoice } from "../invoices/routes.ts";
import { confirmIntent, declinedFailure } from "../payment-intents/confirm.ts";
import { createIntent } from "../payment-intents/payment-intents.ts";
import { attachPaymentMethod, type CardInput, createPaymentMethod } from "../payment-methods/payment-methods.ts";
import { change, need, type Scope } from "../scope.ts";
import { confirmSetupIntent, createSetupIntent } from "../setup-intents/setup-intents.ts";
import { idOf } from "../store/kinds.ts";
import { createSubscription, onCustomersClock } from "../subscriptions/subscriptions.ts";
import { abandon, planOf, showSession } from "./sessions.ts";

type Session = Stripe.Checkout.Session;

/** What a person filled in on the page. `card` is null where none is asked for. */
export interface CheckoutForm {
  email: string;
  name: string;
  card: CardInput | null;
}

const ended = new StripeFailure(400, {
  type: "invalid_request_error",
  message: "This checkout is over: it was finished or has expired.",
});

/** Whether the page asks for a card: not for a free subscription that may do without. */
export function asksForCard(session: Session): boolean {
  if (session.mode === "setup") return true;
  return (session.amount_total ?? 0) > 0 || session.payment_method_collection === "always";
}

/**
 * Does what the person at the page asked for. Answers with the address of the bank's page where that wants to see them; a
 * refused card throws, and nothing of the attempt is left.
 */
export function submitCheckout(requestScope: Scope, id: string, form: CheckoutForm): { authenticate: string | null } {
  const open = need(requestScope, "checkout.session", id);
  if (open.status !== "open") throw ended;
  const session = withDetails(requestScope, abandon(requestScope, open), form);
  const customer = idOf(session.customer);
  const scope = customer === null ? requestScope : onCustomersClock(requestScope, customer);
  const method = form.card === null ? null : methodFrom(scope, form);
  switch (session.mode) {
    case "subscription":
      return subscribe(scope, session, method);
    case "setup":
      return setUp(scope, session, method ?? "");
    default:
      return pay(scope, session, method);
  }
}

function methodFrom(scope: Scope, form: CheckoutForm): string {
  const billing_details = { email: form.email || null, name: form.name || null };
  return createPaymentMethod(scope, { card: form.card ?? {}, billing_details }).id;
}

/** Notes who they are; where a customer is needed and there is none, makes one. */
function withDetails(scope: Scope, session: Session, form: CheckoutForm): Session {
  const known = idOf(session.customer);
  const keeps =
    session.mode !== "payment" ||
    session.customer_creation === "always" ||
    planOf(scope, session.id).payment.setup_future_usage !== undefined;
  const email = form.email || session.customer_email || null;
  const customer =
    known ?? (keeps ? createCustomer(scope, { email: email ?? undefined, name: form.name || undefined }).id : null);
  if (known !== null && email !== null && need(scope, "customer", known).email === null)
    updateCustomer(scope, known, { email });
  return scope.objects.write("checkout.session", {
    ...session,
    customer,
    customer_details: {
      address: null,
      business_name: null,
      email: email ?? (customer === null ? null : need(scope, "customer", customer).email),
      individual_name: null,
      name: form.name || null,
      phone: null,
      tax_exempt: "none",
      tax_ids: [],
    },
  });
}

/** Where the bank's page sends them back to. */
const backTo = (session: Session) => session.url ?? "";

function authenticateAt(intent: Stripe.PaymentIntent | Stripe.SetupIntent, session: Session): string {
  const query = new URLSearchParams({ client_secret: intent.client_secret ?? "", return_url: backTo(session) });
  return `/_emulator/authenticate/${intent.id}?${query}`;
}

function pay(scope: Scope, session: Session, method: string | null): { authenticate: string | null } {
  const amount = session.amount_total ?? 0;
  if (amount === 0 || method === null) {
    complete(scope, session.id, "no_payment_required");
    return { authenticate: null };
  }
  const intent = createIntent(scope, {
    ...planOf(scope, session.id).payment,
    amount,
    currency: session.currency ?? "usd",
    customer: idOf(session.customer) ?? undefined,
    allowed_payment_method_types: ["card"],
  });
  const linked = change(scope, "checkout.session", session, { payment_intent: intent.id }, null);
  const confirmed = confirmIntent(scope, intent, { payment_method: method }, "on-session");
  if (confirmed.status === "requires_payment_method") throw rolledBack(declinedFailure(scope, confirmed));
  return { authenticate: confirmed.status === "requires_action" ? authenticateAt(confirmed, linked) : null };
}

function subscribe(scope: Scope, session: Session, method: string | null): { authenticate: string | null } {
  const customer = idOf(session.customer) ?? "";
  if (method !== null) attachPaymentMethod(scope, method, customer);
  const items = session.line_items?.data ?? [];
  const plan = planOf(scope, session.id);
  const subscription = createSubscription(scope, {
    ...plan.subscription,
    customer,
    items: items
      .filter((item) => item.price?.recurring)
      .map((item) => ({ price: item.price?.id, quantity: item.quantity ?? undefined })),
    add_invoice_items: items
      .filter((item) => !item.price?.recurring)
      .map((item) => ({ price: item.price?.id, quantity: item.quantity ?? 1 })),
    default_payment_method: method ?? undefined,
    discounts: plan.discounts.map((discount) => ({ discount })),
    payment_behavior: "default_incomplete",
  });
  for (const discount of plan.discounts) {
    const kept = need(scope, "discount", discount);
    scope.objects.write("discount", { ...kept, subscription: subscription.id, customer });
  }
  const invoice = need(scope, "invoice", idOf(subscription.latest_invoice) ?? "");
  const linked = change(
    scope,
    "checkout.session",
    session,
    { subscription: subscription.id, invoice: invoice.id },
    null,
  );
  if (invoice.status !== "open") {
    // A trial: the card is checked with its bank, and kept.
    if (method !== null) return setUp(scope, linked, method);
    complete(scope, session.id, "no_payment_required");
    return { authenticate: null };
  }
  try {
    payInvoice(scope, invoice.id, method ?? undefined);
  } catch (error) {
    throw rolledBack(error);
  }
  const intent = intentOf(scope, invoice);
  return { authenticate: intent.status === "requires_action" ? authenticateAt(intent, linked) : null };
}

function setUp(scope: Scope, session: Session, method: string): { authenticate: string | null } {
  const intent = createSetupIntent(scope, {
    ...planOf(scope, session.id).setup,
    customer: idOf(session.customer) ?? undefined,
    allowed_payment_method_types: ["card"],
  });
  const linked = change(scope, "checkout.session", session, { setup_intent: intent.id }, null);
  let confirmed: Stripe.SetupIntent;
  try {
    confirmed = confirmSetupIntent(scope, intent.id, { payment_method: method });
  } catch (error) {
    throw rolledBack(error);
  }
  return { authenticate: confirmed.status === "requires_action" ? authenticateAt(confirmed, linked) : null };
}

/** A refused attempt leaves nothing behind: the page shows why, and they try another card. */
function rolledBack(error: unknown): unknown {
  return error instanceof StripeFailure ? new StripeFailure(error.status, error.body, false) : error;
}

function complete(scope: Scope, id: string, payment_status: Session["payment_status"]): void {
  const session = need(scope, "checkout.session", id);
  if (session.status !== "open") return;
  scope.timers.clear(id);
  const done = scope.objects.write("checkout.session", { ...session, status: "complete", payment_status, url: null });
  scope.emit("checkout.session.completed", showSession(done));
}

/** Reaction: the payment of a session succeeded, or is held for a later capture. */
export function checkoutIntentPaid(scope: Scope, intent: Stripe.PaymentIntent): void {
  for (const session of scope.objects.all("checkout.session", { payment_intent: intent.id, status: "open" }))
    complete(scope, session.id, intent.status === "succeeded" ? "paid" : "unpaid");
}

/** Reaction: the card of a session is set up. */
export function checkoutSetUp(scope: Scope, intent: Stripe.SetupIntent): void {
  for (const session of scope.objects.all("checkout.session", { setup_intent: intent.id, status: "open" }))
    complete(scope, session.id, "no_payment_required");
}

/** Reaction: the first invoice of a session's subscription is paid. */
export function checkoutInvoicePaid(scope: Scope, invoice: Stripe.Invoice): void {
  if (invoice.amount_due === 0) return;
  for (const session of scope.objects.all("checkout.session", { invoice: invoice.id, status: "open" }))
    complete(scope, session.id, "paid");
}
