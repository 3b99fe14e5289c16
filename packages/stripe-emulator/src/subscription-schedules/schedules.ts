import type Stripe from "stripe";
import { invalidRequest } from "../errors.ts";
import { createIdentifier } from "../identifiers.ts";
import { change, need, type Scope } from "../scope.ts";
import { type MetadataChange, mergeMetadata } from "../server/parameters.ts";
import { idOf } from "../store/kinds.ts";
import { afterIntervals } from "../subscriptions/billing-period.ts";
import { cancelSubscription } from "../subscriptions/cancel.ts";
import { setSchedule } from "../subscriptions/routes.ts";
import { onCustomersClock, periodOf } from "../subscriptions/subscriptions.ts";
import { applyChange } from "../subscriptions/update.ts";

export interface PhaseInput {
  items: readonly { price: string; quantity?: number | undefined }[];
  start_date?: number | "now" | undefined;
  end_date?: number | undefined;
  duration?: { interval: "day" | "week" | "month" | "year"; interval_count?: number | undefined } | undefined;
  proration_behavior?: "always_invoice" | "create_prorations" | "none" | undefined;
  metadata?: MetadataChange | undefined;
}

type Schedule = Stripe.SubscriptionSchedule;

function toPhase(scope: Scope, input: PhaseInput, currency: string, start: number): Stripe.SubscriptionSchedule.Phase {
  const items = input.items.map(({ price, quantity }) => {
    const found = need(scope, "price", price, "phases[items][price]");
    return {
      billing_thresholds: null,
      discounts: [],
      metadata: {},
      plan: found.id,
      price: found.id,
      // What is metered has no quantity of its own.
      ...(found.recurring?.usage_type === "metered" ? {} : { quantity: quantity ?? 1 }),
      tax_rates: [],
    };
  });
  const [first] = input.items;
  const recurring = first === undefined ? null : need(scope, "price", first.price, "phases[items][price]").recurring;
  if (recurring === null) throw invalidRequest("A phase needs items with recurring prices.", { param: "phases" });
  const { duration } = input;
  const length =
    duration === undefined ? recurring : { interval: duration.interval, interval_count: duration.interval_count ?? 1 };
  const end = input.end_date ?? afterIntervals(start, length, 1);
  if (end <= start) throw invalidRequest("A phase must end after it starts.", { param: "phases" });
  return {
    add_invoice_items: [],
    application_fee_percent: null,
    billing_cycle_anchor: null,
    billing_thresholds: null,
    collection_method: null,
    currency,
    default_payment_method: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    end_date: end,
    invoice_settings: null,
    items,
    metadata: mergeMetadata(null, input.metadata),
    on_behalf_of: null,
    proration_behavior: input.proration_behavior ?? "create_prorations",
    start_date: start,
    transfer_data: null,
    trial_end: null,
  };
}

/** Puts a subscription under a schedule whose one phase is what it has now. Source: https://docs.stripe.com/billing/subscriptions/subscription-schedules */
export function createSchedule(requestScope: Scope, from: string, metadata: MetadataChange | undefined): Schedule {
  const subscription = need(requestScope, "subscription", from, "from_subscription");
  const customer = idOf(subscription.customer) ?? "";
  const scope = onCustomersClock(requestScope, customer);
  if (subscription.schedule !== null)
    throw invalidRequest("You cannot migrate a subscription that is already attached to a schedule.", {
      param: "from_subscription",
    });
  const { start, end } = periodOf(subscription);
  const items = subscription.items.data.map((item) => ({ price: item.price.id, quantity: item.quantity }));
  const schedule = scope.objects.insert("subscription_schedule", {
    id: createIdentifier("sub_sched"),
    object: "subscription_schedule",
    application: null,
    billing_mode: subscription.billing_mode,
    canceled_at: null,
    completed_at: null,
    created: scope.now,
    current_phase: { start_date: start, end_date: end },
    customer,
    customer_account: null,
    default_settings: {
      application_fee_percent: null,
      billing_cycle_anchor: "automatic",
      billing_thresholds: null,
      collection_method: "charge_automatically",
      default_payment_method: null,
      description: null,
      invoice_settings: {
        account_tax_ids: null,
        custom_fields: null,
        days_until_due: null,
        description: null,
        footer: null,
        issuer: { type: "self" },
      },
      on_behalf_of: null,
      transfer_data: null,
    },
    end_behavior: "release",
    livemode: false,
    metadata: mergeMetadata(null, metadata),
    pause_schedules: [],
    phases: [toPhase(scope, { items, end_date: end }, subscription.currency, start)],
    released_at: null,
    released_subscription: null,
    status: "active",
    subscription: subscription.id,
    test_clock: subscription.test_clock,
  });
  setPhaseTimer(scope, schedule);
  scope.emit("subscription_schedule.created", schedule);
  setSchedule(scope, subscription, schedule.id);
  return schedule;
}

function setPhaseTimer(scope: Scope, schedule: Schedule): void {
  const end = schedule.current_phase?.end_date;
  if (end !== undefined)
    scope.timers.set({ object: schedule.id, task: "schedule.phase", due: end, testClock: idOf(schedule.test_clock) });
}

/** Replaces the phases; the one that runs must stay and may only end at another time. */
export function updateSchedule(
  requestScope: Scope,
  id: string,
  input: {
    phases?: readonly PhaseInput[] | undefined;
    end_behavior?: "cancel" | "release" | undefined;
    metadata?: MetadataChange | undefined;
  },
): Schedule {
  const schedule = need(requestScope, "subscription_schedule", id);
  const scope = onCustomersClock(requestScope, idOf(schedule.customer) ?? "");
  if (schedule.status !== "active")
    throw invalidRequest(
      `You can not update a subscription schedule that is currently in the \`${schedule.status}\` status.`,
    );
  const patch: Partial<Schedule> = { metadata: mergeMetadata(schedule.metadata, input.metadata) };
  if (input.end_behavior !== undefined) patch.end_behavior = input.end_behavior;
  if (input.phases !== undefined) {
    const currency = schedule.phases[0]?.currency ?? "usd";
    const phases: Stripe.SubscriptionSchedule.Phase[] = [];
    for (const phase of input.phases) {
      const start =
        phases.at(-1)?.end_date ??
        (typeof phase.start_date === "number" ? phase.start_date : (schedule.current_phase?.start_date ?? scope.now));
      phases.push(toPhase(scope, phase, currency, start));
    }
    const running = phases.find((phase) => phase.start_date <= scope.now && phase.end_date > scope.now);
    if (running === undefined)
      throw invalidRequest("One of the phases must cover the present moment.", { param: "phases" });
    patch.phases = phases;
    patch.current_phase = { start_date: running.start_date, end_date: running.end_date };
  }
  const updated = change(scope, "subscription_schedule", schedule, patch, "subscription_schedule.updated");
  setPhaseTimer(scope, updated);
  return updated;
}

/** Lets the subscription go on by itself, as it is. */
export function releaseSchedule(requestScope: Scope, id: string): Schedule {
  const schedule = need(requestScope, "subscription_schedule", id);
  const scope = onCustomersClock(requestScope, idOf(schedule.customer) ?? "");
  if (schedule.status !== "active")
    throw invalidRequest(
      `You cannot release a subscription schedule that is currently in the \`${schedule.status}\` status. It must be in the \`not_started\` or \`active\` status.`,
    );
  return finish(
    scope,
    schedule,
    {
      status: "released",
      released_at: scope.now,
      released_subscription: idOf(schedule.subscription),
      subscription: null,
    },
    "subscription_schedule.released",
  );
}

/** Ends the schedule and its subscription. */
export function cancelSchedule(requestScope: Scope, id: string): Schedule {
  const schedule = need(requestScope, "subscription_schedule", id);
  const scope = onCustomersClock(requestScope, idOf(schedule.customer) ?? "");
  if (schedule.status !== "active")
    throw invalidRequest(
      `You cannot cancel a subscription schedule that is currently in the \`${schedule.status}\` status.`,
    );
  cancelSubscription(scope, need(scope, "subscription", idOf(schedule.subscription) ?? ""), "cancellation_requested");
  return need(scope, "subscription_schedule", id);
}

/** A phase is over: the next one's items replace the subscription's, or the schedule has done its work. */
export function nextPhase(scope: Scope, id: string): void {
  const schedule = scope.objects.find("subscription_schedule", id);
  const subscription = scope.objects.find("subscription", idOf(schedule?.subscription) ?? "");
  if (schedule?.status !== "active" || subscription === undefined) return;
  const next = schedule.phases.find((phase) => phase.start_date === schedule.current_phase?.end_date);
  if (next === undefined) {
    if (schedule.end_behavior === "cancel") cancelSubscription(scope, subscription, "cancellation_requested");
    else
      finish(
        scope,
        schedule,
        { status: "released", released_at: scope.now, released_subscription: subscription.id, subscription: null },
        "subscription_schedule.released",
      );
    return;
  }
  const moved = change(
    scope,
    "subscription_schedule",
    schedule,
    { current_phase: { start_date: next.start_date, end_date: next.end_date } },
    "subscription_schedule.updated",
  );
  setPhaseTimer(scope, moved);
  // Items keep their place, so that a price that changes keeps its item's id.
  const kept = subscription.items.data.slice(0, next.items.length);
  const items = next.items.map((item, index) => ({
    ...(kept[index] === undefined ? {} : { id: kept[index].id }),
    price: idOf(item.price) ?? "",
    ...(item.quantity === undefined ? {} : { quantity: item.quantity }),
  }));
  const dropped = subscription.items.data.slice(next.items.length).map(({ id: item }) => ({ id: item, deleted: true }));
  const behavior = next.proration_behavior === "none" ? "none" : "create_prorations";
  applyChange(scope, subscription, { items: [...dropped, ...items], proration_behavior: behavior });
}

function finish(
  scope: Scope,
  schedule: Schedule,
  patch: Partial<Schedule>,
  event: "subscription_schedule.released",
): Schedule {
  scope.timers.clear(schedule.id);
  const subscription = scope.objects.find("subscription", idOf(schedule.subscription) ?? "");
  const finished = change(scope, "subscription_schedule", schedule, { ...patch, current_phase: null }, event);
  if (subscription !== undefined) setSchedule(scope, subscription, null);
  return finished;
}
