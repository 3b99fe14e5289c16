/** What of a use is charged, and what it comes to: the one place that knows what an included unit, a credit or a seat is. */
import { decimal, fromScaled, type Interval, type Money, money, toScaled } from "@revops/core";
import type { PlanFeature } from "../plans/feature.ts";
import type { FeatureRule } from "../plans/tier.ts";
import { stepsOf } from "./charges.ts";
import { proratedSteps, shareOf } from "./proration.ts";
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
    return seats(timeline, free, { decimals, unitAmount: charge.unitAmount, period: of.period, part: of.part });
  }
  const beyond =
    timeline && meter?.aggregation === "time_weighted_sum"
      ? unitHours(timeline, decimals).minus(decimal(included))
      : decimal(fromScaled((timeline ? peakOf(timeline) : quantity - credited) - free, decimals));
  const charged = beyond.gt(zero) ? beyond : zero;
  return { charged: charged.toString(), steps: stepsOf(charge, charged) };
}

function flat(amount: Money, period: Interval, part: Interval): ChargedUsage {
  const { seconds, of } = shareOf(period, part);
  const charged = quotient(BigInt(seconds), BigInt(of), partDecimals);
  return { charged: charged.toString(), steps: proratedSteps("flat", 1, amount.amount, period, part) };
}

/** A seat's price is for the whole period, and paid for the part of it as the tier's own. */
interface SeatPrice {
  readonly unitAmount: string;
  readonly decimals: number;
  readonly period: Interval;
  readonly part: Interval;
}

/** The most that were held at once. */
function peakSeats(timeline: Timeline, free: number, { unitAmount, decimals, period, part }: SeatPrice): ChargedUsage {
  const { seconds, of } = shareOf(period, part);
  const most = Math.max(peakOf(timeline) - free, 0);
  const seats = fromScaled(most, decimals);
  const label = "seats at most";
  if (seconds === of) return { charged: seats, steps: [stepOf(label, seats, unitAmount)] };
  const charged = quotient(BigInt(most) * BigInt(seconds), BigInt(of), partDecimals).times(decimal(`1e-${decimals}`));
  return { charged: charged.toString(), steps: proratedSteps(label, seats, unitAmount, period, part) };
}

/** The seconds that seats were held, beyond those of the included seats, as a share of the period. */
function heldSeats(timeline: Timeline, free: number, { unitAmount, decimals, period, part }: SeatPrice): ChargedUsage {
  const { held, of: length } = unitSeconds(timeline, free);
  const paid = shareOf(period, part);
  const unit = decimal(`1e-${decimals}`);
  // On average of the cycle, for the part of the period that is paid for: as a rule they are the same stretch.
  const share =
    paid.seconds === length
      ? { seconds: 1, of: paid.of }
      : paid.seconds === paid.of
        ? { seconds: 1, of: length }
        : { seconds: paid.seconds, of: length * paid.of };
  const charged = quotient(held * BigInt(share.seconds), BigInt(share.of), partDecimals).times(unit);
  return {
    charged: charged.toString(),
    steps: [sharedStepOf("seat-seconds", decimal(held).times(unit), unitAmount, share)],
  };
}
