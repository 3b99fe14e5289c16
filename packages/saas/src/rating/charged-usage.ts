/** What of a use is charged, and what it comes to: the one place that knows what an included unit, a credit or a seat is. */
import { decimal, fromScaled, type Interval, type Money, money, toScaled } from "@revops/core";
import type { PlanFeature } from "../plans/feature.ts";
import type { FeatureRule } from "../plans/tier.ts";
import { stepsOf } from "./charges.ts";
import { proratedSteps, remaining } from "./proration.ts";
import { peakOf, quotient, type Timeline, unitHours, unitSeconds } from "./seats.ts";
import type { Step } from "./statement.ts";
import { sharedStepOf, stepOf } from "./steps.ts";

export interface ChargedUsage {
  /**
   * The quantity that the price is applied to, in the feature's unit: beyond what is included and what credits paid for. Of
   * seats, how many were held on average of the period; of a flat amount, the part of the period. null has no charge.
   */
  readonly charged: string | null;
  readonly steps: Step[];
}

/** What was used of a feature, in its smallest unit. */
export interface ChargeableUsage {
  readonly quantity: number;
  readonly credited: number;
  readonly timeline: Timeline | null;
}

/** Decimals of a part of a period: as many as Stripe takes of a meter event. */
const partDecimals = 12;

const zero = decimal(0);

export function chargeUsage(
  { charge, included }: FeatureRule,
  { decimals, meter }: PlanFeature,
  { quantity, credited, timeline }: ChargeableUsage,
  of: { readonly period: Interval; readonly part: Interval; readonly currency: string },
): ChargedUsage {
  if (charge === null) return { charged: null, steps: [] };
  const free = toScaled(included, decimals);
  if (charge.model === "flat") return flat(money(charge.amount, of.currency), of.period, of.part);
  if (charge.model === "per_seat") {
    if (timeline === null) return { charged: "0", steps: [] };
    const seats = charge.basis === "peak" ? peakSeats : heldSeats;
    return seats(timeline, free, decimals, charge.unitAmount);
  }
  const beyond =
    timeline && meter?.aggregation === "time_weighted_sum"
      ? unitHours(timeline, decimals).minus(decimal(included))
      : decimal(fromScaled((timeline ? peakOf(timeline) : quantity - credited) - free, decimals));
  const charged = beyond.gt(zero) ? beyond : zero;
  return { charged: charged.toString(), steps: stepsOf(charge, charged) };
}

function flat(amount: Money, period: Interval, part: Interval): ChargedUsage {
  const [begun, left] = [remaining(period, part.start), remaining(period, part.end)];
  const charged = quotient(BigInt(begun.seconds - left.seconds), BigInt(begun.of), partDecimals);
  return { charged: charged.toString(), steps: proratedSteps("flat", 1, amount, period, part) };
}

/** The most that were held at once, for the whole period. */
function peakSeats(timeline: Timeline, free: number, decimals: number, unitAmount: string): ChargedUsage {
  const charged = fromScaled(Math.max(peakOf(timeline) - free, 0), decimals);
  return { charged, steps: [stepOf("seats at most", charged, unitAmount)] };
}

/** The seconds that seats were held, beyond those of the included seats, as a share of the period. */
function heldSeats(timeline: Timeline, free: number, decimals: number, unitAmount: string): ChargedUsage {
  const { held, of } = unitSeconds(timeline, free);
  const unit = decimal(`1e-${decimals}`);
  const step = sharedStepOf("seat-seconds", decimal(held).times(unit), unitAmount, { seconds: 1, of });
  return { charged: quotient(held, BigInt(of), partDecimals).times(unit).toString(), steps: [step] };
}
