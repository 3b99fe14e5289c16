/** Parts of a price for parts of its period, to the second, so that the parts sum up to the price. */
import { type DecimalInput, type Interval, secondMs } from "@revops/core";
import type { Share, Step } from "./statement.ts";
import { negated, sharedStep, stepOf, stepOfAll } from "./steps.ts";

/**
 * The steps of a price that is for `period`, for the stretch of it from `from` to `to`.
 *
 * The stretch is worth what was left of the price when it began, less what was left when it ended, each rounded half up:
 * so whatever a period is cut into, the pieces sum up to the whole price, and the two halves of an upgrade are to the cent
 * the credit for unused time and the charge for the remaining time that Stripe makes of it
 * (https://docs.stripe.com/billing/subscriptions/prorations). Instants count as the second they fall into.
 */
export function proratedSteps(
  label: string,
  quantity: DecimalInput,
  unitAmount: DecimalInput,
  period: Interval,
  part: Interval,
): Step[] {
  return partOf(stepOf(label, quantity, unitAmount), period, part);
}

/** The steps of a price that is for `period`, given as exact steps, for a part of it: as they are where that is all of it. */
export function stepsForPart(label: string, price: readonly Step[], period: Interval, part: Interval): readonly Step[] {
  const { seconds, of } = shareOf(period, part);
  return seconds === of ? price : partOf(stepOfAll(label, price), period, part);
}

function partOf(price: Step, period: Interval, part: Interval): Step[] {
  const left = remaining(period, part.end);
  const steps = [sharedStep(price, remaining(period, part.start))];
  if (left.seconds > 0) steps.push(sharedStep(negated(price, `${price.label}, not used`), left));
  return steps;
}

/** Of how many of a period's seconds a part of it consists. */
export function shareOf(period: Interval, part: Interval): Share {
  const { seconds, of } = remaining(period, part.start);
  return { seconds: Math.max(seconds - remaining(period, part.end).seconds, 0), of };
}

/** How much of a period is left at an instant, between all and nothing. */
export function remaining({ start, end }: Interval, at: Date): Share {
  const [from, to] = [seconds(start), seconds(end)];
  return { seconds: Math.min(Math.max(to - seconds(at), 0), to - from), of: Math.max(to - from, 1) };
}

export function seconds(at: Date): number {
  return Math.floor(at.getTime() / secondMs);
}
