import type Stripe from "stripe";
import { invalidRequest, resourceMissing } from "../errors.ts";
import { change, need, type Scope } from "../scope.ts";
import { createdParameters, page, pageOf, pageParameters } from "../server/pages.ts";
import {
  clearable,
  flag,
  hash,
  integer,
  list,
  metadata,
  oneOf,
  required,
  text,
  timestamp,
} from "../server/parameters.ts";
import { type Route, route } from "../server/route.ts";
import { idOf } from "../store/kinds.ts";
import { cancelSubscription } from "./cancel.ts";
import { createSubscription, onCustomersClock } from "./subscriptions.ts";
import { updateSubscription } from "./update.ts";

const prorationBehavior = oneOf("always_invoice", "create_prorations", "none");
const paymentBehavior = oneOf("allow_incomplete", "default_incomplete", "error_if_incomplete");

/** The items of a change, as a subscription and a preview take them. */
export const itemsField = list(
  hash({
    id: text(),
    price: text(),
    quantity: integer(0, 1_000_000),
    deleted: flag(),
    metadata: metadata(),
  }),
  20,
);

/** What an update and the preview of one have in common. */
export const changeFields = {
  items: itemsField,
  billing_cycle_anchor: oneOf("now", "unchanged"),
  cancel_at_period_end: flag(),
  proration_behavior: prorationBehavior,
  proration_date: timestamp(),
};

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
      cancel_at_period_end: flag(),
      collection_method: oneOf("charge_automatically"),
      default_payment_method: text(),
      description: text(500),
      metadata: metadata(),
      off_session: flag(),
      payment_behavior: paymentBehavior,
      payment_settings: hash({ save_default_payment_method: oneOf("off", "on_subscription") }),
      proration_behavior: prorationBehavior,
    },
    handle: ({ scope, params }) => createSubscription(scope, params),
  }),
  route({
    method: "get",
    path: "/v1/subscriptions",
    parameters: {
      ...createdParameters,
      customer: text(),
      status: oneOf("active", "all", "canceled", "ended", "incomplete", "incomplete_expired", "past_due", "unpaid"),
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
      return page(scope, "subscription", params, { customer: params.customer, status: statuses }, "/v1/subscriptions");
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
      default_payment_method: clearable(text()),
      description: clearable(text(500)),
      metadata: metadata(),
      off_session: flag(),
      payment_behavior: paymentBehavior,
    },
    handle: ({ scope, params, id }) => updateSubscription(scope, id, params),
  }),
  route({
    method: "delete",
    path: "/v1/subscriptions/:id",
    parameters: { invoice_now: flag(), prorate: flag() },
    handle({ scope, params, id }) {
      const subscription = need(scope, "subscription", id);
      if (ended.includes(subscription.status)) throw resourceMissing("subscription", id);
      if (params.invoice_now === true || params.prorate === true)
        throw invalidRequest("The emulator cancels without a final invoice: leave invoice_now and prorate out.");
      return cancelSubscription(
        onCustomersClock(scope, idOf(subscription.customer) ?? ""),
        subscription,
        "cancellation_requested",
      );
    },
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

/** Says which schedule rules a subscription, or that none does. */
export function setSchedule(scope: Scope, subscription: Stripe.Subscription, schedule: string | null): void {
  change(scope, "subscription", subscription, { schedule }, "customer.subscription.updated");
}
