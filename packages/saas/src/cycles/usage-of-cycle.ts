/** What was used in a cycle, as its rating takes it: from balances and, for standing counts, from their ledger. */
import type { Interval } from "@revops/core";
import type { Handle } from "@revops/database";
import { counterKey } from "../metering/keys.ts";
import type { PlanFeature } from "../plans/feature.ts";
import type { RatedUsage } from "../rating/rate.ts";
import { type Change, peakOf } from "../rating/seats.ts";
import type { CountedBalance, CountedEntries, CycleStore, StoredCycle } from "./store.ts";

/** What of a balance is not charged: what is held but not used (yet), and what credits have paid for. Smallest units. */
export interface Deduction {
  readonly held: number;
  readonly credited: number;
}

/** By balance key in hex; nothing is deducted from a balance that is missing. */
export type DeductionsOf = (handle: Handle, counterKeys: readonly Buffer[]) => Promise<ReadonlyMap<string, Deduction>>;

export interface CycleUsage {
  readonly rated: RatedUsage[];
  /** The entries that no statement has counted yet. */
  readonly counted: CountedEntries[];
}

const standingStart = new Date(0);

/** @param balances all of the subject, in one snapshot */
export async function usageOfCycle(
  handle: Handle,
  { start, end }: Interval,
  features: readonly PlanFeature[],
  balances: readonly CountedBalance[],
  store: CycleStore,
  deductionsOf: DeductionsOf,
): Promise<CycleUsage> {
  const own = balances.filter(({ periodStart }) => periodStart.getTime() === start.getTime());
  const deductions = await deductionsOf(
    handle,
    own.map(({ counterKey: key }) => key),
  );
  const rated: RatedUsage[] = [];
  const counted: CountedEntries[] = [];
  for (const feature of features) {
    if (feature.kind === "metered") {
      const balance = own.find((candidate) => candidate.feature === feature.id);
      rated.push(meteredUsage(feature, balance, deductions));
      counted.push(...newEntries(balance));
    } else if (feature.kind === "allocated") {
      const balance = balances.find(
        ({ feature: id, periodStart }) => id === feature.id && periodStart.getTime() === standingStart.getTime(),
      );
      const standing = await standingUsage(handle, { start, end }, feature, balance, store);
      rated.push(standing.rated);
      counted.push(...standing.counted);
    }
  }
  return { rated, counted };
}

export function meteredUsage(
  feature: PlanFeature,
  balance: CountedBalance | undefined,
  deductions: ReadonlyMap<string, Deduction>,
): RatedUsage {
  if (!balance) return { feature, quantity: 0, credited: 0, timeline: null, events: null };
  const { held, credited } = deductions.get(balance.counterKey.toString("hex")) ?? { held: 0, credited: 0 };
  return {
    feature,
    quantity: balance.used - held,
    credited,
    timeline: null,
    events: { feature: feature.id, periodStart: balance.periodStart, firstEntry: 1, lastEntry: balance.entries },
  };
}

/** What a metered balance has that no statement has counted. */
export function newEntries(balance: CountedBalance | undefined): CountedEntries[] {
  if (!balance || balance.entries <= balance.statedEntries) return [];
  const { counterKey: key, used, entries, statedEntries, statedQuantity } = balance;
  return [{ counterKey: key, firstEntry: statedEntries + 1, lastEntry: entries, quantity: used - statedQuantity }];
}

/** From where statements left off: an entry belongs to the cycle in which it was recorded. */
async function standingUsage(
  handle: Handle,
  period: Interval,
  feature: PlanFeature,
  balance: CountedBalance | undefined,
  store: CycleStore,
): Promise<{ rated: RatedUsage; counted: CountedEntries[] }> {
  if (!balance) return { rated: standing(feature, period, 0, [], 0), counted: [] };
  const { statedEntries, statedQuantity, entries } = balance;
  const rows = await store.entriesAfter(handle, balance.counterKey, statedEntries, entries);
  const changes: Change[] = [];
  let lastEntry = statedEntries;
  for (const { entry, quantity, at } of rows) {
    // In the order of their numbers: an instance whose clock runs ahead must not leave a gap.
    if (at >= period.end) break;
    changes.push({ at, quantity });
    lastEntry = entry;
  }
  const moved = changes.reduce((sum, { quantity }) => sum + quantity, 0);
  return {
    rated: standing(feature, period, statedQuantity, changes, lastEntry),
    counted:
      lastEntry === statedEntries
        ? []
        : [{ counterKey: balance.counterKey, firstEntry: statedEntries + 1, lastEntry, quantity: moved }],
  };
}

/** A standing count as a closed cycle's statement had it: nothing of it changes later. */
export async function standingUsageAgain(
  handle: Handle,
  cycle: StoredCycle,
  feature: PlanFeature,
  store: CycleStore,
): Promise<RatedUsage> {
  const lastEntry = cycle.statement.lines.find(({ id }) => id === `usage:${feature.id}`)?.events?.lastEntry ?? 0;
  const key = counterKey(cycle.subjectId, feature.id, standingStart);
  const rows = await store.entriesAfter(handle, key, 0, lastEntry);
  // By what it counted and not by the clock: instances whose clocks differ count across its edges.
  const first = (await store.firstCounted(handle, key, cycle.id)) ?? lastEntry + 1;
  const before = rows.filter(({ entry }) => entry < first);
  const start = before.reduce((sum, { quantity }) => sum + quantity, 0);
  return standing(feature, cycle, start, rows.slice(before.length), lastEntry);
}

function standing(
  feature: PlanFeature,
  period: Interval,
  start: number,
  changes: readonly Change[],
  lastEntry: number,
): RatedUsage {
  const timeline = { period, start, changes };
  return {
    feature,
    quantity: peakOf(timeline),
    credited: 0,
    timeline,
    events: lastEntry === 0 ? null : { feature: feature.id, periodStart: null, firstEntry: 1, lastEntry },
  };
}
