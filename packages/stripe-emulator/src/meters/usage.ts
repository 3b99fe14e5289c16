import type Stripe from "stripe";
import { addExact, type ExactAmount, readDecimal } from "../prices/decimals.ts";
import type { Scope } from "../scope.ts";

/** What a customer used of a meter from `start` on and before `end`, by the meter's formula. */
export function usageOf(
  scope: Scope,
  meter: Stripe.Billing.Meter,
  customer: string,
  period: { start: number; end: number },
): ExactAmount {
  const events = scope.meterEvents.between(meter.id, customer, period.start, period.end);
  switch (meter.default_aggregation.formula) {
    case "count":
      return { units: BigInt(events.length), scale: 0 };
    case "last":
      return readDecimal(events.at(-1)?.value ?? "0");
    default:
      return events.reduce<ExactAmount>((sum, { value }) => addExact(sum, readDecimal(value)), { units: 0n, scale: 0 });
  }
}
