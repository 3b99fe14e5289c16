/** The charge models: from a quantity to the steps that price it. Pure, in decimals. */
import { type Decimal, decimal } from "@revops/core";
import type { Charge, PriceTier } from "../plans/charge.ts";
import type { Step } from "./statement.ts";
import { stepOf } from "./steps.ts";

/** Models that price a quantity; a flat amount and seats are priced by time. */
export type QuantityCharge = Exclude<Charge, { readonly model: "flat" | "per_seat" }>;

const zero = decimal(0);

/**
 * Prices what is beyond the included units. As at Stripe, the first step's flat amount of a graduated or volume price is
 * charged also when nothing was used (https://docs.stripe.com/products-prices/pricing-models).
 */
export function stepsOf(charge: QuantityCharge, quantity: Decimal): Step[] {
  switch (charge.model) {
    case "per_unit":
      return [stepOf("units", quantity, charge.unitAmount)];
    case "graduated":
      return graduated(charge.tiers, quantity);
    case "volume":
      return volume(charge.tiers, quantity);
    case "package":
      return [stepOf(`packages of ${charge.size}`, packages(charge, quantity), charge.amount)];
  }
}

/** Each step's units at its price: a step includes its end, so unit `upTo` is the last one at that price. */
function graduated(tiers: readonly PriceTier[], quantity: Decimal): Step[] {
  const steps: Step[] = [];
  let below = zero;
  for (const { upTo, unitAmount, flatAmount } of tiers) {
    const end = upTo === null ? quantity : decimal(upTo);
    const within = (quantity.lt(end) ? quantity : end).minus(below);
    if (steps.length > 0 && within.lte(zero)) break;
    steps.push(stepOf(label(below, upTo), within, unitAmount, flatAmount));
    below = end;
  }
  return steps;
}

function volume(tiers: readonly PriceTier[], quantity: Decimal): Step[] {
  let below = zero;
  for (const { upTo, unitAmount, flatAmount } of tiers) {
    if (upTo === null || quantity.lte(decimal(upTo))) {
      return [stepOf(label(below, upTo), quantity, unitAmount, flatAmount)];
    }
    below = decimal(upTo);
  }
  return [];
}

function packages(
  { size, rounding }: Extract<QuantityCharge, { readonly model: "package" }>,
  quantity: Decimal,
): bigint {
  const [units, each] = wholes(quantity.toString(), size);
  const begun = units % each > 0n && rounding === "up" ? 1n : 0n;
  return units / each + begun;
}

/** Two decimals as integers of one unit that is small enough for both. */
function wholes(a: string, b: string): [bigint, bigint] {
  const places = (text: string) => text.split(".")[1]?.length ?? 0;
  const most = Math.max(places(a), places(b));
  const whole = (text: string) => BigInt(text.replace(".", "") + "0".repeat(most - places(text)));
  return [whole(a), whole(b)];
}

function label(below: Decimal, upTo: string | null): string {
  return upTo === null ? `above ${below}` : `above ${below} up to ${upTo}`;
}
