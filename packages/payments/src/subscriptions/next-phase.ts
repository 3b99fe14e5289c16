/** What a schedule puts in place when the present phase ends. https://docs.stripe.com/billing/subscriptions/subscription-schedules */
import type Stripe from "stripe";
import { idOf } from "../gateway/objects.ts";

/** The id of the price that comes next; null when nothing follows, or the schedule is over. */
export function nextPriceOf(schedule: Stripe.SubscriptionSchedule): string | null {
  if (schedule.status !== "active") return null;
  const present = schedule.current_phase?.start_date ?? 0;
  const next = schedule.phases.find(({ start_date: start }) => start > present);
  return idOf(next?.items[0]?.price);
}
