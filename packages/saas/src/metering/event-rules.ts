/** What an event must look like. Checked before anything is written, so that a wrong one never fails its neighbours. */
import { dayMs, isRevopsError, minuteMs, toScaled } from "@revops/core";
import { saasErrors } from "../errors.ts";
import type { PlanFeature } from "../plans/feature.ts";
import type { Plans } from "../plans/plans.ts";

/** As Stripe's meters: up to 35 days late, https://docs.stripe.com/api/billing/meter-event/create#create_billing_meter_event-timestamp */
export const oldestEventMs = 35 * dayMs;
/** As Stripe's meters: up to 5 minutes ahead, for a caller's clock that runs fast. */
export const newestEventMs = 5 * minuteMs;

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
  return scaled;
}

/** @throws `invalid_event_id` */
export function checkEventId(id: string): string {
  if (typeof id === "string" && idPattern.test(id)) return id;
  throw saasErrors.invalid_event_id({ detail: "An event's id is 1 to 255 visible ASCII characters." });
}

/** @throws `invalid_time`, `event_in_future`, `event_too_old` */
export function checkOccurredAt(occurredAt: Date | undefined, now: Date): Date | null {
  if (occurredAt === undefined) return null;
  const time = occurredAt.getTime();
  if (Number.isNaN(time)) throw saasErrors.invalid_time({ detail: "The time of the event is an Invalid Date." });
  const late = now.getTime() - time;
  if (late < -newestEventMs) {
    throw saasErrors.event_in_future({ detail: "An event may be at most 5 minutes ahead of the clock." });
  }
  if (late > oldestEventMs) throw saasErrors.event_too_old({ detail: "An event is counted up to 35 days late." });
  return occurredAt;
}
