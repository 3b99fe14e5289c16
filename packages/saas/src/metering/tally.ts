/** What a batch makes of a balance: how each event changes it, by the meter's aggregation. Pure; both databases ask here. */
import { toScaled } from "@revops/core";
import { type Refusal, refusalOf } from "./admission.ts";
import type { Balance, CheckedEvent, Scope, Tally } from "./batch.ts";
import { addChange, type BucketGain, bucketGains, hourOf } from "./buckets.ts";
import { type Group, meterOf } from "./meter.ts";

export function emptyTally(): Tally {
  return { quantity: 0, events: 0, changes: new Map(), groups: new Map() };
}

/** A balance that nothing was counted to. */
export function emptyBalance(scope: Scope): Balance {
  return {
    scope,
    before: 0,
    used: 0,
    entries: 0,
    hour: null,
    hourQuantity: 0,
    latestAt: null,
    tally: emptyTally(),
  };
}

/** Under which a group is kept in a tally. */
export function groupId({ dimension, value }: Group): string {
  return `${dimension}\u0000${value}`;
}

/** How an event would change a balance. */
export function changeBy({ scope, used, latestAt, tally }: Balance, event: CheckedEvent, at: Date): number {
  if (!event.counts) return 0;
  const { aggregation, property } = meterOf(scope.feature);
  switch (aggregation) {
    case "max":
      return Math.max(event.quantity - used, 0);
    case "latest": {
      const time = timeOf(event, at);
      if (latestAt === null || time > latestAt) return event.quantity - used;
      // Of two values of one instant the greater one counts, whatever the order they arrive in.
      return time === latestAt ? Math.max(event.quantity - used, 0) : 0;
    }
    case "unique": {
      const group = event.groups.find(({ dimension }) => dimension === property);
      const seen = group === undefined ? 0 : (tally.groups.get(groupId(group))?.events ?? 0);
      return seen > 0 ? 0 : toScaled(1, scope.feature.decimals);
    }
    default:
      return event.quantity;
  }
}

/**
 * The most that a standing count may reach: held for a day, its unit-seconds still fit the 64 bits of a column, whatever
 * the order of the day's changes.
 */
export const mostStanding = 5e13;

/** The refusal of a change by the plain limit, or null. */
export function refusalFor({ scope, used }: Balance, change: number): Refusal | null {
  const refusal = refusalOf(used, change, scope.limit);
  if (refusal === null && lasts(scope) && used + change > mostStanding) return "usage_out_of_range";
  return refusal;
}

/** Whether how long a change lasted may be asked. */
function lasts({ period }: Scope): boolean {
  return period === null;
}

/** Adds an event that was admitted. */
export function addEvent(balance: Balance, event: CheckedEvent, change: number, at: Date): void {
  const { tally } = balance;
  tally.events += 1;
  if (!event.counts) return;
  const time = timeOf(event, at);
  balance.used += change;
  tally.quantity += change;
  if (change !== 0) addChange(tally.changes, time, change, lasts(balance.scope));
  if (meterOf(event.feature).aggregation === "latest") balance.latestAt = Math.max(balance.latestAt ?? time, time);
  for (const group of event.groups) {
    const total = tally.groups.get(groupId(group)) ?? { ...group, quantity: 0, events: 0 };
    tally.groups.set(groupId(group), total);
    total.quantity += event.quantity;
    total.events += 1;
  }
}

/** When an event happened: when it says, or when it was recorded. Epoch milliseconds. */
function timeOf({ occurredAt }: Pick<CheckedEvent, "occurredAt">, at: Date): number {
  return (occurredAt ?? at).getTime();
}

/**
 * Moves what belongs to the hour under way into the balance's own row, and gives the rows of the history that gain
 * something: those of other hours, and the hour before, once it is over. Standing counts have every change in the history,
 * since what lasted how long is read from there.
 */
export function settleHour(balance: Balance, at: Date): BucketGain[] {
  const { changes } = balance.tally;
  if (lasts(balance.scope)) return bucketGains(changes, true);
  const now = hourOf(at.getTime());
  const present = changes.get(now);
  if (present !== undefined && balance.hour === now && changes.size === 1) {
    balance.hourQuantity += present.quantity;
    return [];
  }
  if (present === undefined || (balance.hour !== null && balance.hour > now)) return bucketGains(changes, false);
  const others = new Map(changes);
  others.delete(now);
  if (balance.hour !== now) {
    if (balance.hour !== null && balance.hourQuantity !== 0)
      addChange(others, balance.hour, balance.hourQuantity, false);
    balance.hour = now;
    balance.hourQuantity = 0;
  }
  balance.hourQuantity += present.quantity;
  return bucketGains(others, false);
}
