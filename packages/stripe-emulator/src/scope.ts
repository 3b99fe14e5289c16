import type Stripe from "stripe";
import { resourceMissing } from "./errors.ts";
import { previousAttributes } from "./events/previous-attributes.ts";
import type { BillingSettings } from "./settings/billing-settings.ts";
import type { Kind, StripeObjects } from "./store/kinds.ts";
import type { MeterEvents } from "./store/meter-events.ts";
import type { ObjectStore } from "./store/objects.ts";
import type { Timers } from "./store/timers.ts";

/**
 * What one unit of work sees: a request, or one step of a clock. Everything done through it is one transaction.
 * Resource functions take it first and are synchronous, so nothing can come between their reads and writes.
 */
export interface Scope {
  /** Unix seconds on the clock that rules the object at hand. */
  readonly now: number;
  /** The connected account for which this is done, the empty name for the platform itself. */
  readonly account: string;
  readonly objects: ObjectStore;
  readonly timers: Timers;
  /** What was reported to meters. */
  readonly meterEvents: MeterEvents;
  readonly settings: BillingSettings;
  /** Where the emulator is reached, without a slash at the end: the start of hosted pages' addresses. */
  readonly baseUrl: string;
  /** The same work in another account: its objects and its events. */
  inAccount(account: string): Scope;
  emit(type: Stripe.Event.Type, object: { id: string } | object, previous?: object): void;
  /** Runs the work and takes everything back, events included. For previews. */
  attempt<T>(work: (scope: Scope) => T): T;
}

/** The object of this id, or Stripe's `resource_missing`; `param` names the parameter it came in, `id` for the path. */
export function need<K extends Kind>(scope: Scope, kind: K, id: string, param = "id"): StripeObjects[K] {
  const object = scope.objects.find(kind, id);
  if (object === undefined) throw resourceMissing(kind, id, param);
  return object;
}

/** Writes a changed object and, if anything did change, emits the event with `previous_attributes`. */
export function change<K extends Kind>(
  scope: Scope,
  kind: K,
  before: StripeObjects[K],
  patch: Partial<StripeObjects[K]>,
  event: Stripe.Event.Type | null,
): StripeObjects[K] {
  const after = { ...before, ...patch };
  const previous = previousAttributes(before, after);
  if (Object.keys(previous).length === 0) return before;
  scope.objects.write(kind, after);
  if (event !== null) scope.emit(event, after, event.endsWith(".updated") ? previous : undefined);
  return after;
}

/** The same work on the clock of a customer that is attached to a test clock. */
export function onClock(scope: Scope, testClock: string | null): Scope {
  if (testClock === null) return scope;
  const clock = scope.objects.find("test_helpers.test_clock", testClock);
  return clock === undefined ? scope : { ...scope, now: clock.frozen_time };
}
