/** What of a use is charged, and what it comes to: the one place that knows what an included unit, a credit or a seat is. */
import { decimal, fromScaled, type Interval, toScaled } from "@revops/core";
import type { PlanFeature } from "../plans/feature.ts";
import type { FeatureRule } from "../plans/tier.ts";
import { stepsOf } from "./charges.ts";
import { proratedSteps, shareOf, stepsForPart } from "./proration.ts";
import { quotient, type Timeline, unitHours, unitSeconds } from "./seats.ts";
import type { Share, Step } from "./statement.ts";
import { sharedStepOf, stepOf } from "./steps.ts";

export interface ChargedUsage {
  /** As a line of a statement says it. */
  readonly charged: string | null;
  readonly steps: readonly Step[];
}

/** What was used of a feature, in its smallest unit. */
export interface ChargeableUsage {
  /** Of a standing count, the most that was held at once. */
  readonly quantity: number;
  readonly credited: number;
  readonly timeline: Timeline | null;
}

/** The period that a price is for, and the part of it that is paid for. */
export interface PaidTime {
  readonly period: Interval;
  readonly part: Interval;
}

/** Decimals of a part of a period: as many as Stripe takes of a meter event. */
const partDecimals = 12;

export function chargeUsage(
  { charge, included }: FeatureRule,
  { decimals, meter }: PlanFeature,
  { quantity, credited, timeline }: ChargeableUsage,
  { period, part: paid }: PaidTime,
): ChargedUsage {
  if (charge === null) return { charged: null, steps: [] };
  const forPart = (units: bigint, share: Share) =>
    quotient(units * BigInt(share.seconds), BigInt(share.of), partDecimals)
      .times(decimal(`1e-${decimals}`))
      .toString();
  if (charge.model === "flat") {
    const { seconds, of } = shareOf(period, paid);
    const charged = quotient(BigInt(seconds), BigInt(of), partDecimals).toString();
    return { charged, steps: proratedSteps("flat", 1, charge.amount, period, paid) };
  }
  const part = heldPart(timeline, paid);
  const { seconds, of } = shareOf(period, part);

  const free = toScaled(included, decimals);
  const units = Math.max(quantity - credited - free, 0);
  const beyond = fromScaled(units, decimals);
  if (charge.model === "per_seat") {
    if (timeline === null) return { charged: "0", steps: [] };
    if (charge.basis === "peak") {
      const label = "seats at most";
      const price = [stepOf(label, beyond, charge.unitAmount)];
      return { charged: forPart(BigInt(units), { seconds, of }), steps: stepsForPart(label, price, period, part) };
    }
    // On average of the cycle, for the part of the period that is paid for: as a rule they are the same stretch.
    const { held, of: length } = unitSeconds(timeline, free);
    const share = reduced({ seconds, of: length * of });
    const seatSeconds = decimal(held).times(decimal(`1e-${decimals}`));
    const steps = [sharedStepOf("seat-seconds", seatSeconds, charge.unitAmount, share)];
    return { charged: forPart(held, share), steps };
  }
  if (timeline !== null && meter?.aggregation === "time_weighted_sum") {
    const hours = unitHours(timeline, decimals).minus(decimal(included));
    const charged = hours.gt(decimal(0)) ? hours : decimal(0);
    return { charged: charged.toString(), steps: stepsOf(charge, charged) };
  }
  const price = stepsOf(charge, decimal(beyond));
  if (timeline === null || seconds === of) return { charged: beyond, steps: price };
  // What is held is held for as long as it is paid for: its price is for a whole period. No quantity has a part of that price
  // by itself, since steps and packages do not shrink with the time.
  return { charged: null, steps: stepsForPart("price of a whole period", price, period, part) };
}

/**
 * What is held is charged afterwards: for none of the time for which a tier that ended early is not paid back, and for all of a
 * cycle whose tier was paid for before it was lost for a while.
 */
function heldPart(timeline: Timeline | null, paid: Interval): Interval {
  if (timeline === null) return paid;
  const { start, end } = timeline.period;
  const until = new Date(Math.min(end.getTime(), paid.end.getTime()));
  return { start: paid.start < paid.end ? paid.start : start, end: until };
}

/** The same fraction in lowest terms. */
function reduced({ seconds, of }: Share): Share {
  let [divisor, rest] = [of, seconds];
  while (rest > 0) [divisor, rest] = [rest, divisor % rest];
  return { seconds: seconds / divisor, of: of / divisor };
}
