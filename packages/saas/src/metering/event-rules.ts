/** What an event must look like. Checked before anything is written, so that a wrong one never fails its neighbours. */
import { dayMs, isRevopsError, minuteMs, toScaled } from "@revops/core";
import { saasErrors } from "../errors.ts";
import type { PlanFeature } from "../plans/feature.ts";
import type { Plans } from "../plans/plans.ts";
import { meterOf } from "./meter.ts";

/** How far from the clock an event's own time may be. */
export interface Lateness {
  /** How late an event is still counted, in milliseconds; 35 days if left out. */
  readonly lateMs: number;
  /** How far ahead of the clock it may be, for a caller's clock that runs fast; 5 minutes if left out. */
  readonly aheadMs: number;
}

/** As Stripe's meters: https://docs.stripe.com/api/billing/meter-event/create#create_billing_meter_event-timestamp */
const defaultLateness: Lateness = { lateMs: 35 * dayMs, aheadMs: 5 * minuteMs };

/** @throws `invalid_time` for what is no span of time */
export function checkLateness(given: Partial<Lateness> = {}): Lateness {
  const lateness = { ...defaultLateness, ...given };
  if ([lateness.lateMs, lateness.aheadMs].every((span) => Number.isSafeInteger(span) && span >= 0)) return lateness;
  throw saasErrors.invalid_time({ detail: "How late and how early an event may be are milliseconds, not below 0." });
}

const idPattern = /^[\x21-\x7e]{1,255}$/;

/**
 * The feature, if it is one that is counted.
 * @throws `unknown_feature`, `feature_not_counted`
 */
export function countedFeature(plans: Plans, id: string): PlanFeature {
  const feature = plans.feature(id);
  if (feature.kind === "metered" || feature.kind === "allocated") return feature;
  throw saasErrors.feature_not_counted({ detail: `"${id}" is a ${feature.kind} feature, which has no usage.` });
}

/**
 * A quantity in the feature's smallest unit.
 * @throws `invalid_quantity`
 */
export function scaledQuantity(feature: PlanFeature, quantity: number | string = 1): number {
  let scaled: number;
  try {
    scaled = toScaled(quantity, feature.decimals);
  } catch (error) {
    const detail = isRevopsError(error) ? error.message : "The quantity is no number.";
    throw saasErrors.invalid_quantity({ detail, cause: error });
  }
  if (scaled < 0 && feature.kind === "metered") {
    throw saasErrors.invalid_quantity({ detail: `A use of "${feature.id}" cannot be taken back by a negative one.` });
  }
  const { aggregation } = meterOf(feature);
  if ((aggregation === "count" || aggregation === "unique") && scaled !== toScaled(1, feature.decimals)) {
    throw saasErrors.invalid_quantity({ detail: `"${feature.id}" counts events: each is 1, whatever it holds.` });
  }
  return scaled;
}

/** @throws `invalid_event_id` */
export function checkEventId(id: string): string {
  if (typeof id === "string" && idPattern.test(id)) return id;
  throw saasErrors.invalid_event_id({ detail: "An event's id is 1 to 255 visible ASCII characters." });
}

/** @throws `invalid_time`, `event_in_future`, `event_too_old` */
export function checkOccurredAt(occurredAt: Date | undefined, now: Date, { lateMs, aheadMs }: Lateness): Date | null {
  if (occurredAt === undefined) return null;
  const time = occurredAt instanceof Date ? occurredAt.getTime() : Number.NaN;
  if (Number.isNaN(time)) throw saasErrors.invalid_time({ detail: "The time of the event is no valid Date." });
  const late = now.getTime() - time;
  if (late < -aheadMs) {
    throw saasErrors.event_in_future({ detail: `An event may be at most ${spanText(aheadMs)} ahead of the clock.` });
  }
  if (late > lateMs) throw saasErrors.event_too_old({ detail: `An event is counted up to ${spanText(lateMs)} late.` });
  return occurredAt;
}

function spanText(ms: number): string {
  if (ms % dayMs === 0) return `${ms / dayMs} days`;
  return ms % minuteMs === 0 ? `${ms / minuteMs} minutes` : `${ms} milliseconds`;
}
