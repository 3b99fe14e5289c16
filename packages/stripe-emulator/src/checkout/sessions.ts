import type Stripe from "stripe";
import { createDiscounts, type DiscountInput } from "../coupons/discounts.ts";
import { invalidRequest, parameterMissing } from "../errors.ts";
import { randomText } from "../identifiers.ts";
import { cancelIntent, checkAmount, type IntentInput } from "../payment-intents/payment-intents.ts";
import { change, need, type Scope } from "../scope.ts";
import { type MetadataChange, mergeMetadata } from "../server/parameters.ts";
import { cancelSetupIntent } from "../setup-intents/setup-intents.ts";
import { idOf } from "../store/kinds.ts";
import { cancelSubscription } from "../subscriptions/cancel.ts";
import type { SubscriptionInput } from "../subscriptions/subscriptions.ts";
import { createLineItems, discountItems, type LineItemInput } from "./line-items.ts";

type Session = Stripe.Checkout.Session;

export interface SessionInput {
  mode?: "payment" | "setup" | "subscription" | undefined;
  line_items?: readonly LineItemInput[] | undefined;
  success_url?: string | undefined;
  cancel_url?: string | undefined;
  allow_promotion_codes?: boolean | undefined;
  client_reference_id?: string | undefined;
  currency?: string | undefined;
  customer?: string | undefined;
  customer_creation?: "always" | "if_required" | undefined;
  customer_email?: string | undefined;
  discounts?: readonly DiscountInput[] | undefined;
  expires_at?: number | undefined;
  locale?: string | undefined;
  metadata?: MetadataChange | undefined;
  payment_intent_data?: IntentInput | undefined;
  payment_method_collection?: "always" | "if_required" | undefined;
  setup_intent_data?: { description?: string | undefined; metadata?: MetadataChange | undefined } | undefined;
  submit_type?: Session["submit_type"] | undefined;
  subscription_data?: Partial<SubscriptionInput> | undefined;
}

/** What a session will make when it is paid; Stripe does not show it. */
export interface Plan {
  payment: IntentInput;
  subscription: Partial<SubscriptionInput>;
  setup: NonNullable<SessionInput["setup_intent_data"]>;
  /** The discounts that were redeemed for it. */
  discounts: string[];
}

const day = 86_400;
const halfAnHour = 1_800;

export function planOf(scope: Scope, id: string): Plan {
  return JSON.parse(scope.objects.hidden(id) ?? "{}") as Plan;
}

function checkInput(scope: Scope, mode: "payment" | "setup" | "subscription", input: SessionInput): void {
  if (input.success_url === undefined) throw parameterMissing("success_url");
  for (const name of ["success_url", "cancel_url"] as const) {
    const url = input[name];
    if (url !== undefined && (!/^https?:\/\//i.test(url) || !URL.canParse(url)))
      throw invalidRequest("Not a valid URL", { code: "url_invalid", param: name });
  }
  if (mode === "setup" && input.line_items !== undefined)
    throw invalidRequest("You can not pass `line_items` in `setup` mode.", { param: "line_items" });
  if (mode !== "setup" && (input.line_items ?? []).length === 0) throw parameterMissing("line_items");
  if (input.customer !== undefined && input.customer_email !== undefined)
    throw invalidRequest("You may only specify one of these parameters: customer, customer_email.", {
      param: "customer",
    });
  const until = input.expires_at;
  if (until !== undefined && (until < scope.now + halfAnHour || until > scope.now + day))
    throw invalidRequest("The `expires_at` timestamp must be from 30 minutes to 24 hours after now.", {
      param: "expires_at",
    });
  const foreign = {
    payment_intent_data: "payment",
    subscription_data: "subscription",
    setup_intent_data: "setup",
  } as const;
  for (const name of ["payment_intent_data", "subscription_data", "setup_intent_data"] as const) {
    if (input[name] !== undefined && foreign[name] !== mode)
      throw invalidRequest(`You can not pass \`${name}\` in \`${mode}\` mode.`, { param: name });
  }
}

/** Makes a page on which a customer pays, subscribes or leaves a card. Source: https://docs.stripe.com/api/checkout/sessions */
export function createSession(scope: Scope, input: SessionInput): Session {
  const mode = input.mode ?? "payment";
  checkInput(scope, mode, input);
  const customer = input.customer === undefined ? null : need(scope, "customer", input.customer, "customer");
  const items = createLineItems(scope, mode, input.line_items ?? []);
  const [first] = items;
  if (items.some((item) => item.currency !== first?.currency))
    throw invalidRequest("All prices must be in the same currency.", { param: "line_items" });
  if (mode === "subscription" && !items.some((item) => item.price?.recurring))
    throw invalidRequest("You must provide at least one recurring price in `subscription` mode.", {
      param: "line_items",
    });
  const id = `cs_test_${randomText(58)}`;
  const plan: Plan = {
    payment: input.payment_intent_data ?? {},
    subscription: input.subscription_data ?? {},
    setup: input.setup_intent_data ?? {},
    discounts: [],
  };
  const session: Session = {
    id,
    object: "checkout.session",
    adaptive_pricing: null,
    after_expiration: null,
    allow_promotion_codes: input.allow_promotion_codes ?? null,
    allowed_payment_method_types: null,
    amount_subtotal: null,
    amount_total: null,
    automatic_tax: { enabled: false, liability: null, provider: null, status: null },
    billing_address_collection: null,
    cancel_url: input.cancel_url ?? null,
    client_reference_id: input.client_reference_id ?? null,
    client_secret: null,
    collected_information: null,
    consent: null,
    consent_collection: null,
    created: scope.now,
    currency: first?.currency ?? input.currency ?? null,
    currency_conversion: null,
    custom_fields: [],
    custom_text: { after_submit: null, shipping_address: null, submit: null, terms_of_service_acceptance: null },
    customer: customer?.id ?? null,
    customer_account: null,
    customer_creation: mode === "payment" ? (input.customer_creation ?? "if_required") : null,
    customer_details: null,
    customer_email: input.customer_email ?? null,
    discounts: [],
    expires_at: input.expires_at ?? scope.now + day,
    integration_identifier: null,
    invoice: null,
    invoice_creation: null,
    line_items: { object: "list", data: items, has_more: false, url: `/v1/checkout/sessions/${id}/line_items` },
    livemode: false,
    locale: input.locale ?? null,
    managed_payments: null,
    metadata: mergeMetadata(null, input.metadata),
    mode,
    origin_context: null,
    payment_intent: null,
    payment_link: null,
    payment_method_collection: mode === "subscription" ? (input.payment_method_collection ?? "always") : null,
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: ["card"],
    payment_status: mode === "setup" ? "no_payment_required" : "unpaid",
    permissions: null,
    recovered_from: null,
    saved_payment_method_options: null,
    setup_intent: null,
    shipping_address_collection: null,
    shipping_cost: null,
    shipping_options: [],
    status: "open",
    submit_type: input.submit_type ?? null,
    subscription: null,
    success_url: input.success_url ?? null,
    total_details: null,
    ui_mode: "hosted_page",
    url: `${scope.baseUrl}/_emulator/checkout/${id}`,
    wallet_options: null,
  };
  scope.objects.insert("checkout.session", session, JSON.stringify(plan));
  scope.timers.set({ object: id, task: "checkout.expire", due: session.expires_at, testClock: null });
  const priced = mode === "setup" ? session : applyDiscounts(scope, session, input.discounts ?? []);
  if (mode === "payment" && (priced.amount_total ?? 0) > 0)
    checkAmount(priced.amount_total ?? 0, priced.currency ?? "usd");
  return priced;
}

/** Redeems discounts for a session and works out what it costs: what is due today, which in a trial is nothing. */
export function applyDiscounts(scope: Scope, session: Session, inputs: readonly DiscountInput[]): Session {
  const plan = planOf(scope, session.id);
  const before = session.line_items?.data ?? [];
  const discounts = createDiscounts(scope, inputs, {
    customer: idOf(session.customer),
    checkoutSession: session.id,
    currency: session.currency ?? "usd",
    amount: before.reduce((sum, item) => sum + item.amount_subtotal, 0),
  });
  const items = discountItems(scope, before, discounts);
  const trial = plan.subscription.trial_period_days !== undefined || plan.subscription.trial_end !== undefined;
  const due = items.filter((item) => !trial || !item.price?.recurring);
  const sum = (field: "amount_discount" | "amount_subtotal" | "amount_total") =>
    due.reduce((all, item) => all + item[field], 0);
  scope.objects.hide(session.id, JSON.stringify({ ...plan, discounts: discounts.map(({ id }) => id) } satisfies Plan));
  return scope.objects.write("checkout.session", {
    ...session,
    amount_subtotal: sum("amount_subtotal"),
    amount_total: sum("amount_total"),
    discounts: discounts.map((discount) => ({
      coupon: idOf(discount.source.coupon),
      promotion_code: idOf(discount.promotion_code),
    })),
    line_items: {
      object: "list",
      data: items,
      has_more: false,
      url: `/v1/checkout/sessions/${session.id}/line_items`,
    },
    total_details: { amount_discount: sum("amount_discount"), amount_shipping: 0, amount_tax: 0 },
  });
}

/** Nobody can pay on it any more. What was begun on it is taken back. */
export function expireSession(scope: Scope, id: string): Session {
  const session = need(scope, "checkout.session", id);
  if (session.status !== "open")
    throw invalidRequest(
      'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of '
        .concat(String(session.status))
        .concat("."),
    );
  abandon(scope, session);
  scope.timers.clear(id);
  return change(
    scope,
    "checkout.session",
    need(scope, "checkout.session", id),
    { status: "expired", url: null },
    "checkout.session.expired",
  );
}

/** Timer. */
export function sessionExpires(scope: Scope, id: string): void {
  if (scope.objects.find("checkout.session", id)?.status === "open") expireSession(scope, id);
}

/** Takes back an attempt that was not finished, so that another one can be made. */
export function abandon(scope: Scope, session: Session): Session {
  const intent = scope.objects.find("payment_intent", idOf(session.payment_intent) ?? "");
  if (intent !== undefined && !["succeeded", "canceled"].includes(intent.status))
    cancelIntent(scope, intent.id, "abandoned");
  const setup = scope.objects.find("setup_intent", idOf(session.setup_intent) ?? "");
  if (setup !== undefined && !["succeeded", "canceled"].includes(setup.status))
    cancelSetupIntent(scope, setup.id, "abandoned");
  const subscription = scope.objects.find("subscription", idOf(session.subscription) ?? "");
  if (subscription !== undefined && subscription.ended_at === null)
    cancelSubscription(scope, subscription, "payment_failed");
  return scope.objects.write("checkout.session", {
    ...session,
    payment_intent: null,
    setup_intent: null,
    subscription: null,
    invoice: null,
  });
}

/** As Stripe shows it: without the items, unless they are asked for. */
export function showSession(session: Session): Session {
  const { line_items: _items, ...shown } = session;
  return shown;
}
