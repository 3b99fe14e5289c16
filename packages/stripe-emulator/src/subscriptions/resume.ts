import type Stripe from "stripe";
import { invalidRequest } from "../errors.ts";
import { createInvoice } from "../invoices/invoices.ts";
import { itemAmount, partialLine, recurringLine } from "../invoices/lines.ts";
import { change, need, type Scope } from "../scope.ts";
import { idOf } from "../store/kinds.ts";
import { afterIntervals, periodEnd } from "./billing-period.ts";
import { intervalOf, itemList } from "./items.ts";
import { restOf } from "./proration.ts";
import { collectNow, linkInvoice, onCustomersClock } from "./subscriptions.ts";
import type { ProrationBehavior } from "./update-input.ts";

/**
 * Goes on with a paused subscription: at once, and past due if its invoice cannot be collected; or only when that is paid.
 * Source: https://docs.stripe.com/api/subscriptions/resume
 */
export function resumeSubscription(
  requestScope: Scope,
  id: string,
  input: {
    billing_cycle_anchor?: "now" | "unchanged" | undefined;
    payment_behavior?: "resume_on_payment_attempt" | "resume_on_payment_success" | undefined;
    proration_behavior?: ProrationBehavior | undefined;
  },
): Stripe.Subscription {
  const before = need(requestScope, "subscription", id);
  const scope = onCustomersClock(requestScope, idOf(before.customer) ?? "");
  if (before.status !== "paused")
    throw invalidRequest("Only paused subscriptions can be resumed.", { code: "subscription_not_paused" });
  const [first] = before.items.data;
  if (first === undefined) throw invalidRequest(`The subscription ${id} has no items.`);
  const unchanged = input.billing_cycle_anchor === "unchanged";
  const anchor = unchanged ? before.billing_cycle_anchor : scope.now;
  const end = periodEnd(anchor, intervalOf(first), scope.now);
  const period = { start: scope.now, end };
  const items = before.items.data.map((item) => ({
    ...item,
    current_period_start: scope.now,
    current_period_end: end,
  }));
  const waits = input.payment_behavior === "resume_on_payment_success";
  const moved = change(
    scope,
    "subscription",
    before,
    { billing_cycle_anchor: anchor, items: itemList(id, items), ...(waits ? {} : { status: "active" as const }) },
    waits ? null : "customer.subscription.resumed",
  );
  scope.timers.set({ object: id, task: "subscription.cycle", due: end, testClock: idOf(before.test_clock) });
  const lines = !unchanged
    ? items.map((item) => recurringLine(scope, item, period))
    : input.proration_behavior === "none"
      ? []
      : items.map((item) => {
          const whole = { start: afterIntervals(end, intervalOf(item), -1), end };
          return partialLine(scope, item, period, restOf(itemAmount(scope, item), scope.now, whole));
        });
  const draft = createInvoice(scope, {
    customer: idOf(moved.customer) ?? "",
    subscription: moved,
    reason: "subscription_update",
    currency: moved.currency,
    lines,
    period,
    autoAdvance: false,
  });
  linkInvoice(scope, id, draft);
  collectNow(scope, draft, "allow_incomplete");
  return need(scope, "subscription", id);
}
