/** Parts of a price for parts of its period, to the second, so that the parts sum up to the price. */
import { type Interval, type Money, secondMs } from "@revops/core";
import type { Share, Step } from "./statement.ts";
import { sharedStepOf } from "./steps.ts";

/**
 * The steps of a price that is for `period`, for the stretch of it from `from` to `to`.
 *
 * The stretch is worth what was left of the price when it began, less what was left when it ended, each rounded half up:
 * so whatever a period is cut into, the pieces sum up to the whole price, and the two halves of an upgrade are to the cent
 * the credit for unused time and the charge for the remaining time that Stripe makes of it
 * (https://docs.stripe.com/billing/subscriptions/prorations). Instants count as the second they fall into.
 */
export function proratedSteps(label: string, quantity: number, price: Money, period: Interval, part: Interval): Step[] {
  const begun = remaining(period, part.start);
  const left = remaining(period, part.end);
  const steps = [sharedStepOf(label, quantity, price.amount, begun)];
  if (left.seconds > 0) steps.push(sharedStepOf(`${label}, not used`, -quantity, price.amount, left));
  return steps;
}

/** How much of a period is left at an instant, between all and nothing. */
export function remaining({ start, end }: Interval, at: Date): Share {
  const [from, to] = [seconds(start), seconds(end)];
  return { seconds: Math.min(Math.max(to - seconds(at), 0), to - from), of: Math.max(to - from, 1) };
}

export function seconds(at: Date): number {
  return Math.floor(at.getTime() / secondMs);
}
