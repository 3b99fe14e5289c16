import type Stripe from "stripe";
import { invalidRequest } from "../errors.ts";
import { need, type Scope } from "../scope.ts";
import { idOf } from "../store/kinds.ts";

export interface TrialInput {
  trial_end?: number | "now" | undefined;
  trial_period_days?: number | undefined;
}

const noticeSeconds = 3 * 86_400;
const longest = 730 * 86_400;

/** When the trial that is asked for ends; null when there is none. */
export function trialEndOf(scope: Scope, input: TrialInput): number | null {
  if (input.trial_end !== undefined && input.trial_period_days !== undefined)
    throw invalidRequest("You may only specify one of these parameters: trial_end, trial_period_days.", {
      param: "trial_end",
    });
  if (input.trial_period_days !== undefined) return scope.now + input.trial_period_days * 86_400;
  if (input.trial_end === undefined || input.trial_end === "now") return null;
  if (input.trial_end <= scope.now)
    throw invalidRequest("The trial_end must be in the future.", { param: "trial_end" });
  if (input.trial_end > scope.now + longest)
    throw invalidRequest("The trial_end must be within 730 days.", { param: "trial_end" });
  return input.trial_end;
}

/** Plans the end of a trial and the notice three days before it, which comes at once when the trial is shorter. */
export function planTrialEnd(scope: Scope, subscription: Stripe.Subscription): void {
  const { id, trial_end } = subscription;
  if (trial_end === null) return;
  const testClock = idOf(subscription.test_clock);
  scope.timers.set({ object: id, task: "subscription.cycle", due: trial_end, testClock });
  const due = Math.max(scope.now, trial_end - noticeSeconds);
  if (due === scope.now) scope.emit("customer.subscription.trial_will_end", subscription);
  else scope.timers.set({ object: id, task: "subscription.trial-will-end", due, testClock });
}

/** Timer: three days before the end. Source: https://docs.stripe.com/billing/subscriptions/trials */
export function trialWillEnd(scope: Scope, id: string): void {
  const subscription = scope.objects.find("subscription", id);
  if (subscription?.status === "trialing") scope.emit("customer.subscription.trial_will_end", subscription);
}

/** Whether there is anything to charge when the trial is over. */
export function hasPaymentMethod(scope: Scope, subscription: Stripe.Subscription): boolean {
  const customer = need(scope, "customer", idOf(subscription.customer) ?? "");
  return subscription.default_payment_method !== null || customer.invoice_settings.default_payment_method !== null;
}
