import type Stripe from "stripe";
import { invalidRequest } from "../errors.ts";
import type { Scope } from "../scope.ts";
import type { UpdateInput } from "./update-input.ts";

/** When a subscription shall end, and since when that is known. */
export function cancellationPatch(
  scope: Scope,
  before: Stripe.Subscription,
  input: UpdateInput,
  periodEndsAt: number,
): Partial<Stripe.Subscription> {
  const { cancel_at, cancel_at_period_end, cancellation_details } = input;
  if (cancel_at !== undefined && cancel_at !== null && cancel_at_period_end === true)
    throw invalidRequest("You may only specify one of these parameters: cancel_at, cancel_at_period_end.", {
      param: "cancel_at",
    });
  const details = (reason: "cancellation_requested" | null) => ({
    comment: cancellation_details?.comment ?? null,
    feedback: cancellation_details?.feedback ?? null,
    feedback_option: null,
    reason,
  });
  if (cancel_at !== undefined) {
    if (cancel_at !== null && cancel_at <= scope.now)
      throw invalidRequest("The cancel_at must be in the future.", { param: "cancel_at" });
    return {
      cancel_at,
      cancel_at_period_end: false,
      canceled_at: cancel_at === null ? null : (before.canceled_at ?? scope.now),
      cancellation_details: details(cancel_at === null ? null : "cancellation_requested"),
    };
  }
  if (cancel_at_period_end !== undefined && cancel_at_period_end !== before.cancel_at_period_end) {
    return {
      cancel_at_period_end,
      cancel_at: cancel_at_period_end ? periodEndsAt : null,
      canceled_at: cancel_at_period_end ? scope.now : null,
      cancellation_details: details(cancel_at_period_end ? "cancellation_requested" : null),
    };
  }
  const patch: Partial<Stripe.Subscription> = before.cancel_at_period_end ? { cancel_at: periodEndsAt } : {};
  if (cancellation_details !== undefined)
    patch.cancellation_details = details(before.cancel_at === null ? null : "cancellation_requested");
  return patch;
}
