/** For how long a subject had which add-ons. Pure. */
import type { Interval } from "@revops/core";
import { earlier, later, type Terms } from "../entitlements/terms.ts";
import { seconds } from "../rating/proration.ts";
import type { HeldAddOn } from "../rating/rate.ts";

/**
 * Those that were in force one after another in the part of a period that is paid for, so that what was had for a day is paid
 * for a day, whatever is had at the end. In a trial they cost nothing.
 * @param eras oldest first; the first one is from the part's beginning on, the last one until its end
 */
export function heldAddOns(eras: readonly Terms[], part: Interval): HeldAddOn[] {
  const held: HeldAddOn[] = [];
  for (const [index, { agreement, status }] of eras.entries()) {
    const next = eras[index + 1];
    const start = index === 0 ? part.start : later(eras[index]?.since ?? part.start, part.start);
    const end = next ? earlier(later(next.since, part.start), part.end) : part.end;
    if (status === "trialing" || seconds(start) >= seconds(end)) continue;
    for (const { addOn, quantity } of agreement?.addOns ?? []) {
      const before = held.findLastIndex((one) => one.addOn.id === addOn.id);
      const last = held[before];
      const goesOn = last?.quantity === quantity && last.addOn.price.amount === addOn.price.amount && last.end >= start;
      if (goesOn) held[before] = { ...last, addOn, end };
      else held.push({ addOn, quantity, start, end });
    }
  }
  return held;
}
