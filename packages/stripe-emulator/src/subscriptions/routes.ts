import type Stripe from "stripe";
import { discountsField, endDiscount } from "../coupons/discounts.ts";
import { invalidRequest, resourceMissing } from "../errors.ts";
import { change, need, type Scope } from "../scope.ts";
import { createdParameters, page, pageOf, pageParameters } from "../server/pages.ts";
import {
  clearable,
  currency,
  decimal,
  type Field,
  flag,
  hash,
  integer,
  list,
  metadata,
  oneOf,
  required,
  text,
  timestamp,
  timestampOr,
} from "../server/parameters.ts";
import { type Route, route } from "../server/route.ts";
import { idOf } from "../store/kinds.ts";
import { creditRest } from "./bill-change.ts";
import { cancelSubscription, cancelWithInvoice } from "./cancel.ts";
import { resumeSubscription } from "./resume.ts";
import { createSubscription, onCustomersClock } from "./subscriptions.ts";
import { updateSubscription } from "./update.ts";

const prorationBehavior = oneOf("always_invoice", "create_prorations", "none");
const paymentBehavior = oneOf("allow_incomplete", "default_incomplete", "error_if_incomplete");

/** The items of a change, as a subscription and a preview take them. */
const itemsField = list(
  hash({
    id: text(),
    price: text(),
    price_data: hash({
      currency: required(currency()),
      product: required(text()),
      recurring: required(
        hash({ interval: required(oneOf("day", "week", "month", "year")), interval_count: integer(1, 156) }),
      ),
      tax_behavior: oneOf("exclusive", "inclusive", "unspecified"),
      unit_amount: integer(0),
      unit_amount_decimal: decimal(),
    }),
    quantity: integer(0, 1_000_000),
    deleted: flag(),
    metadata: metadata(),
  }),
  20,
);

/** Where billing is anchored from now on: `{ type: "now" }`. */
const anchorField: Field<"now" | "unchanged"> = {
  parse: (value, param) => hash({ type: required(oneOf("now", "unchanged")) }).parse(value, param).type,
};

/** What an update and the preview of one have in common. */
export const changeFields = {
  items: itemsField,
  billing_cycle_anchor: anchorField,
  cancel_at: clearable(timestamp()),
  cancel_at_period_end: flag(),
  proration_behavior: prorationBehavior,
  proration_date: timestamp(),
  trial_end: timestampOr("now"),
};
const extrasField = list(hash({ price: required(text()), quantity: integer(1, 1_000_000) }), 20);
const paymentSettings = hash({
  payment_method_types: list(oneOf("card")),
  save_default_payment_method: oneOf("off", "on_subscription"),
});
const trialSettings = hash({
  end_behavior: required(hash({ missing_payment_method: required(oneOf("cancel", "create_invoice", "pause")) })),
});
const cancellationDetails = hash({
  comment: clearable(text(5_000)),
  feedback: clearable(
    oneOf(
      "customer_service",
      "low_quality",
      "missing_features",
      "other",
      "switched_service",
      "too_complex",
      "too_expensive",
      "unused",
    ),
  ),
});

const ended: readonly Stripe.Subscription.Status[] = ["canceled", "incomplete_expired"];

/** What ends when their customer is deleted. */
export function cancelSubscriptions(scope: Scope, customer: Stripe.Customer): void {
  for (const subscription of scope.objects.all("subscription", { customer: customer.id })) {
    if (!ended.includes(subscription.status))
      cancelSubscription(onCustomersClock(scope, customer.id), subscription, "cancellation_requested");
  }
}

export const subscriptionRoutes: readonly Route[] = [
  route({
    method: "post",
    path: "/v1/subscriptions",
    parameters: {
      customer: required(text()),
      items: required(itemsField),
      add_invoice_items: extrasField,
      billing_cycle_anchor: timestamp(),
      cancel_at: timestamp(),
      cancel_at_period_end: flag(),
      collection_method: oneOf("charge_automatically"),
      default_payment_method: text(),
      description: text(500),
      discounts: clearable(discountsField),
      metadata: metadata(),
      off_session: flag(),
      payment_behavior: paymentBehavior,
      payment_settings: paymentSettings,
      proration_behavior: prorationBehavior,
      trial_end: timestampOr("now"),
      trial_period_days: integer(1, 730),
      trial_settings: trialSettings,
    },
    handle: ({ scope, params }) => createSubscription(scope, params),
  }),
  route({
    method: "get",
    path: "/v1/subscriptions",
    parameters: {
      ...createdParameters,
      customer: text(),
      price: text(),
      status: oneOf(
        "active",
        "all",
        "canceled",
        "ended",
        "incomplete",
        "incomplete_expired",
        "past_due",
        "paused",
        "trialing",
        "unpaid",
      ),
    },
    handle({ scope, params }) {
      const { status } = params;
      // Without a status, Stripe leaves out those that are over.
      const statuses =
        status === "all"
          ? undefined
          : status === "ended"
            ? ended
            : status === undefined
              ? ["active", "incomplete", "past_due", "unpaid", "trialing", "paused"]
              : status;
      const found = page(
        scope,
        "subscription",
        params,
        { customer: params.customer, status: statuses },
        "/v1/subscriptions",
      );
      if (params.price === undefined) return found;
      const data = found.data.filter(({ items }) => items.data.some((item) => item.price.id === params.price));
      return { ...found, data };
    },
  }),
  route({
    method: "get",
    path: "/v1/subscriptions/:id",
    parameters: {},
    handle: ({ scope, id }) => need(scope, "subscription", id),
  }),
  route({
    method: "post",
    path: "/v1/subscriptions/:id",
    parameters: {
      ...changeFields,
      add_invoice_items: extrasField,
      cancellation_details: cancellationDetails,
      default_payment_method: clearable(text()),
      description: clearable(text(500)),
      discounts: clearable(discountsField),
      metadata: metadata(),
      off_session: flag(),
      pause_collection: clearable(
        hash({
          behavior: required(oneOf("keep_as_draft", "mark_uncollectible", "void")),
          resumes_at: timestamp(),
        }),
      ),
      payment_behavior: paymentBehavior,
      payment_settings: paymentSettings,
      trial_settings: trialSettings,
    },
    handle: ({ scope, params, id }) => updateSubscription(scope, id, params),
  }),
  route({
    method: "delete",
    path: "/v1/subscriptions/:id",
    parameters: { cancellation_details: cancellationDetails, invoice_now: flag(), prorate: flag() },
    handle({ scope, params, id }) {
      const subscription = need(scope, "subscription", id);
      if (ended.includes(subscription.status)) throw resourceMissing("subscription", id);
      const clocked = onCustomersClock(scope, idOf(subscription.customer) ?? "");
      if (params.prorate === true) creditRest(clocked, subscription);
      const details = params.cancellation_details;
      return params.invoice_now === true
        ? cancelWithInvoice(clocked, subscription, details)
        : cancelSubscription(clocked, subscription, "cancellation_requested", {
            keepPending: params.prorate === true,
            details,
          });
    },
  }),
  route({
    method: "delete",
    path: "/v1/subscriptions/:id/discount",
    parameters: {},
    handle({ scope, id }) {
      const subscription = need(scope, "subscription", id);
      const [first] = subscription.discounts;
      const discount = scope.objects.find("discount", idOf(first) ?? "");
      if (discount === undefined)
        throw invalidRequest(`No active discount for subscription: ${id}`, { code: "resource_missing" });
      change(scope, "subscription", subscription, { discounts: [] }, "customer.subscription.updated");
      return endDiscount(scope, discount);
    },
  }),
  route({
    method: "post",
    path: "/v1/subscriptions/:id/resume",
    parameters: {
      billing_cycle_anchor: anchorField,
      payment_behavior: oneOf("resume_on_payment_attempt", "resume_on_payment_success"),
      proration_behavior: prorationBehavior,
      proration_date: timestamp(),
    },
    handle: ({ scope, params, id }) => resumeSubscription(scope, id, params),
  }),
  route({
    method: "get",
    path: "/v1/subscription_items",
    parameters: { ...pageParameters, subscription: required(text()) },
    handle: ({ scope, params }) =>
      pageOf(
        need(scope, "subscription", params.subscription, "subscription").items.data,
        params,
        "/v1/subscription_items",
      ),
  }),
];

/** What the routes of single items share with an update. */
const itemChange = {
  metadata: metadata(),
  payment_behavior: paymentBehavior,
  price: text(),
  proration_behavior: prorationBehavior,
  proration_date: timestamp(),
  quantity: integer(0, 1_000_000),
};

/** The subscription that has an item, and the item. */
function itemOf(scope: Scope, id: string): { subscription: Stripe.Subscription; item: Stripe.SubscriptionItem } {
  for (const subscription of scope.objects.all("subscription")) {
    const item = subscription.items.data.find((one) => one.id === id);
    if (item !== undefined && !ended.includes(subscription.status)) return { subscription, item };
  }
  throw resourceMissing("subscription_item", id);
}

/** Items one by one: each is an update of its subscription. */
export const subscriptionItemRoutes: readonly Route[] = [
  route({
    method: "post",
    path: "/v1/subscription_items",
    parameters: { ...itemChange, subscription: required(text()), price: required(text()) },
    handle({ scope, params }) {
      const { subscription, price, quantity, metadata: labels, ...how } = params;
      need(scope, "subscription", subscription, "subscription");
      const after = updateSubscription(scope, subscription, { ...how, items: [{ price, quantity, metadata: labels }] });
      return after.items.data.find((item) => item.price.id === price) ?? {};
    },
  }),
  route({
    method: "get",
    path: "/v1/subscription_items/:id",
    parameters: {},
    handle: ({ scope, id }) => itemOf(scope, id).item,
  }),
  route({
    method: "post",
    path: "/v1/subscription_items/:id",
    parameters: { ...itemChange, off_session: flag() },
    handle({ scope, params, id }) {
      const { price, quantity, metadata: labels, ...how } = params;
      const { subscription } = itemOf(scope, id);
      const after = updateSubscription(scope, subscription.id, {
        ...how,
        items: [{ id, price, quantity, metadata: labels }],
      });
      return after.items.data.find((item) => item.id === id) ?? {};
    },
  }),
  route({
    method: "delete",
    path: "/v1/subscription_items/:id",
    parameters: { clear_usage: flag(), proration_behavior: prorationBehavior, proration_date: timestamp() },
    handle({ scope, params, id }) {
      const { clear_usage: _none, ...how } = params;
      updateSubscription(scope, itemOf(scope, id).subscription.id, { ...how, items: [{ id, deleted: true }] });
      return { id, object: "subscription_item", deleted: true };
    },
  }),
];

/** Says which schedule rules a subscription, or that none does. */
export function setSchedule(scope: Scope, subscription: Stripe.Subscription, schedule: string | null): void {
  change(scope, "subscription", subscription, { schedule }, "customer.subscription.updated");
}
