import { randomUUID } from "node:crypto";
import type Stripe from "stripe";
import { invalidRequest } from "../errors.ts";
import { createIdentifier } from "../identifiers.ts";
import { decimalText } from "../prices/decimals.ts";
import { change, need, onClock, type Scope } from "../scope.ts";
import { idOf } from "../store/kinds.ts";
import { usageOf } from "./usage.ts";

type Meter = Stripe.Billing.Meter;

/** What has happened may be reported for 35 days, and up to 5 minutes ahead. Source: https://docs.stripe.com/billing/subscriptions/usage-based/recording-usage-api */
const pastSeconds = 35 * 86_400;
const futureSeconds = 5 * 60;
/** An identifier is good once in this time; what bears it can be taken back as long. */
const uniqueSeconds = 86_400;

export function createMeter(
  scope: Scope,
  input: {
    display_name: string;
    event_name: string;
    default_aggregation: { formula: "count" | "last" | "sum" };
    customer_mapping?: { event_payload_key: string; type: "by_id" } | undefined;
    event_time_window?: "day" | "hour" | undefined;
    value_settings?: { event_payload_key: string } | undefined;
  },
): Meter {
  if (scope.objects.all("billing.meter", { event_name: input.event_name, status: "active" }).length > 0)
    throw invalidRequest(`An active meter with the event name \`${input.event_name}\` already exists.`, {
      code: "resource_already_exists",
      param: "event_name",
    });
  const meter = scope.objects.insert("billing.meter", {
    id: createIdentifier("mtr_test"),
    object: "billing.meter",
    created: scope.now,
    customer_mapping: input.customer_mapping ?? { event_payload_key: "stripe_customer_id", type: "by_id" },
    default_aggregation: input.default_aggregation,
    display_name: input.display_name,
    event_name: input.event_name,
    event_time_window: input.event_time_window ?? null,
    livemode: false,
    status: "active",
    status_transitions: { deactivated_at: null },
    updated: scope.now,
    value_settings: input.value_settings ?? { event_payload_key: "value" },
  });
  scope.emit("billing.meter.created", meter);
  return meter;
}

export function setMeterStatus(scope: Scope, id: string, status: "active" | "inactive"): Meter {
  const meter = need(scope, "billing.meter", id);
  if (meter.status === status)
    throw invalidRequest(`This meter is already ${status}.`, { code: "billing_meter_unexpected_state" });
  const deactivated_at = status === "active" ? null : scope.now;
  return change(
    scope,
    "billing.meter",
    meter,
    { status, status_transitions: { deactivated_at }, updated: scope.now },
    status === "active" ? "billing.meter.reactivated" : "billing.meter.deactivated",
  );
}

/** The meter that takes events of this name. */
function meterOf(scope: Scope, eventName: string): Meter {
  const named = scope.objects.all("billing.meter", { event_name: eventName });
  const active = named.find((meter) => meter.status === "active");
  if (active !== undefined) return active;
  throw named.length > 0
    ? invalidRequest(`The meter with event name ${eventName} is inactive.`, {
        code: "archived_meter",
        param: "event_name",
      })
    : invalidRequest(`No active meter found for event name '${eventName}'.`, { code: "no_meter", param: "event_name" });
}

/** Plain, with at most 15 digits before the point and 12 after it; a correction may be negative. */
function checkValue(value: string | undefined): string {
  if (value === undefined)
    throw invalidRequest("The payload has no value for the meter's `value_settings[event_payload_key]`.", {
      code: "meter_event_value_not_found",
      param: "payload",
    });
  if (!/^-?\d{1,15}(\.\d{1,12})?$/.test(value))
    throw invalidRequest(`Invalid meter event value: ${value}`, {
      code: "meter_event_invalid_value",
      param: "payload",
    });
  return value;
}

/**
 * Takes one report of usage. Stripe checks the customer and the value later and tells by an event; here all is checked at once.
 * Source: https://docs.stripe.com/api/billing/meter-event/create
 */
export function recordMeterEvent(
  requestScope: Scope,
  input: {
    event_name: string;
    payload: Record<string, string>;
    identifier?: string | undefined;
    timestamp?: number | undefined;
  },
): Stripe.Billing.MeterEvent {
  const meter = meterOf(requestScope, input.event_name);
  const customerId = input.payload[meter.customer_mapping.event_payload_key];
  if (customerId === undefined)
    throw invalidRequest("The payload has no value for the meter's `customer_mapping[event_payload_key]`.", {
      code: "meter_event_no_customer_defined",
      param: "payload",
    });
  const customer = requestScope.objects.find("customer", customerId);
  if (customer === undefined)
    throw invalidRequest(`No such customer: '${customerId}'`, {
      code: "meter_event_customer_not_found",
      param: "payload",
    });
  const scope = onClock(requestScope, idOf(customer.test_clock));
  const counted = meter.default_aggregation.formula === "count";
  const given = input.payload[meter.value_settings.event_payload_key];
  const value = counted && given === undefined ? "1" : checkValue(given);
  const at = input.timestamp ?? scope.now;
  if (at < scope.now - pastSeconds)
    throw invalidRequest("The timestamp must be within the past 35 calendar days.", {
      code: "timestamp_too_far_in_past",
      param: "timestamp",
    });
  if (at > scope.now + futureSeconds)
    throw invalidRequest("The timestamp must not be more than 5 minutes in the future.", {
      code: "timestamp_in_future",
      param: "timestamp",
    });
  const identifier = input.identifier ?? randomUUID();
  if (scope.meterEvents.knows(scope.account, identifier, scope.now - uniqueSeconds))
    throw invalidRequest(`An event already exists with identifier ${identifier}.`, {
      code: "duplicate_meter_event",
      param: "identifier",
    });
  scope.meterEvents.add(scope.account, { identifier, meter: meter.id, customer: customer.id, value, at }, scope.now);
  return {
    object: "billing.meter_event",
    created: scope.now,
    event_name: input.event_name,
    identifier,
    livemode: false,
    payload: input.payload,
    timestamp: at,
  };
}

/** Takes a report back. Source: https://docs.stripe.com/api/billing/meter-event-adjustment */
export function cancelMeterEvent(
  scope: Scope,
  input: { event_name: string; cancel?: { identifier?: string | undefined } | undefined },
): Stripe.Billing.MeterEventAdjustment {
  const identifier = input.cancel?.identifier;
  if (identifier === undefined)
    throw invalidRequest("Missing required param: cancel[identifier].", {
      code: "parameter_missing",
      param: "cancel[identifier]",
    });
  const meter = meterOf(scope, input.event_name);
  if (!scope.meterEvents.cancel(scope.account, meter.id, identifier, scope.now - uniqueSeconds))
    throw invalidRequest(`No meter event with identifier ${identifier} came within the last 24 hours.`, {
      code: "resource_missing",
      param: "cancel[identifier]",
    });
  return {
    object: "billing.meter_event_adjustment",
    cancel: { identifier },
    event_name: input.event_name,
    livemode: false,
    status: "complete",
    type: "cancel",
  };
}

const windows = { hour: 3_600, day: 86_400 } as const;

/** What a customer used, in all or by hours or days (UTC), newest first. Ranges must begin and end on a minute, an hour or a day. */
export function summarize(
  scope: Scope,
  id: string,
  input: { customer: string; start_time: number; end_time: number; value_grouping_window?: "day" | "hour" | undefined },
): Stripe.Billing.MeterEventSummary[] {
  const meter = need(scope, "billing.meter", id);
  const customer = need(scope, "customer", input.customer, "customer");
  const size = input.value_grouping_window === undefined ? undefined : windows[input.value_grouping_window];
  for (const param of ["start_time", "end_time"] as const) {
    if (input[param] % (size ?? 60) !== 0)
      throw invalidRequest(`The ${param} must be aligned with ${input.value_grouping_window ?? "minute"} boundaries.`, {
        param,
      });
  }
  if (input.end_time <= input.start_time)
    throw invalidRequest("The end_time must be after the start_time.", { param: "end_time" });
  const step = size ?? input.end_time - input.start_time;
  if ((input.end_time - input.start_time) / step > 1_000)
    throw invalidRequest("The range has too many windows: ask for at most 1000.", { param: "end_time" });
  const summaries: Stripe.Billing.MeterEventSummary[] = [];
  for (let start = input.start_time; start < input.end_time; start += step) {
    const used = usageOf(scope, meter, customer.id, { start, end: start + step });
    if (size !== undefined && used.units === 0n) continue;
    summaries.push({
      id: `mtrusg_test_${meter.id.slice(-12)}_${customer.id.slice(-8)}_${start}_${step}`,
      object: "billing.meter_event_summary",
      aggregated_value: Number(decimalText(used)),
      end_time: start + step,
      livemode: false,
      meter: meter.id,
      start_time: start,
    });
  }
  return summaries.reverse();
}
