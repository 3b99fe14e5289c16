import type Stripe from "stripe";
import { invalidRequest } from "../errors.ts";
import { markUncollectible, voidInvoice } from "../invoices/invoices.ts";
import { change, type Scope } from "../scope.ts";
import { idOf } from "../store/kinds.ts";

export interface PauseInput {
  behavior: "keep_as_draft" | "mark_uncollectible" | "void";
  resumes_at?: number | undefined;
}

/** Collection stops or goes on; the subscription itself stays as it is. Source: https://docs.stripe.com/billing/subscriptions/pause-payment */
export function pausePatch(
  scope: Scope,
  subscription: Stripe.Subscription,
  input: PauseInput | null,
): Partial<Stripe.Subscription> {
  scope.timers.clear(subscription.id, "subscription.unpause");
  if (input === null) return { pause_collection: null };
  const resumesAt = input.resumes_at ?? null;
  if (resumesAt !== null) {
    if (resumesAt <= scope.now)
      throw invalidRequest("`resumes_at` must be in the future.", { param: "pause_collection[resumes_at]" });
    const testClock = idOf(subscription.test_clock);
    scope.timers.set({ object: subscription.id, task: "subscription.unpause", due: resumesAt, testClock });
  }
  return { pause_collection: { behavior: input.behavior, resumes_at: resumesAt } };
}

/** Timer: collection goes on by itself. */
export function unpause(scope: Scope, id: string): void {
  const subscription = scope.objects.find("subscription", id);
  if (subscription !== undefined)
    change(scope, "subscription", subscription, { pause_collection: null }, "customer.subscription.updated");
}

/** What is done with an invoice that was opened while collection is paused; true when it is not to be collected. */
export function settlePaused(
  scope: Scope,
  subscription: Stripe.Subscription | undefined,
  open: Stripe.Invoice,
): boolean {
  const behavior = subscription?.pause_collection?.behavior;
  if (behavior === undefined || open.status !== "open") return false;
  if (behavior === "void") voidInvoice(scope, open);
  else if (behavior === "mark_uncollectible") markUncollectible(scope, open);
  return true;
}
