/** One batch of events in one transaction: event, balance and ledger entry are written together or not at all. */
import type { Clock } from "@revops/core";
import type { Tx } from "@revops/database";
import type { EntitlementStore } from "../entitlements/store.ts";
import type { Terms } from "../entitlements/terms.ts";
import { saasErrors } from "../errors.ts";
import type { Plans } from "../plans/plans.ts";
import { createBalances } from "./balances.ts";
import type { Candidate, CheckedEvent, HotPath, Outcome } from "./batch.ts";
import { postgresHotPath } from "./postgres.ts";
import { scopeAt, scopeNow } from "./scope.ts";
import { sqliteHotPath } from "./sqlite.ts";

export interface CountOptions {
  readonly clock: Clock;
  readonly plans: Plans;
  readonly entitlements: EntitlementStore;
}

/** An event's outcome, or the error that is this event's alone. */
export type Counted = Outcome | Error;

/**
 * Counts events in the order given.
 *
 * An event of an earlier period (by its `occurredAt`) counts to that period, under the tier the subject had then; one
 * from before the subject's first day counts to its first period; one ahead of the clock counts as of now.
 */
export async function countEvents(
  tx: Tx,
  events: readonly CheckedEvent[],
  { clock, plans, entitlements }: CountOptions,
): Promise<Counted[]> {
  const now = clock.now();
  const hotPath = hotPathOf(tx);
  const present = await hotPath.termsOf([...new Set(events.map((event) => event.subjectId))]);

  const results = new Array<Counted>(events.length);
  const candidates: Candidate[] = [];
  const places: number[] = [];
  const balances = createBalances();
  for (const [place, event] of events.entries()) {
    const terms = present.get(event.subjectId);
    if (terms === undefined) {
      results[place] = saasErrors.subject_not_found({ detail: "The subject was never given an entitlement." });
      continue;
    }
    const past = isPast(event, terms) ? event.occurredAt : null;
    const balance =
      past === null
        ? balances.present(event, () => scopeNow(plans, terms, event.feature, now))
        : balances.of(scopeAt(plans, ...(await pastTerms(entitlements, tx, terms, event, past))));
    candidates.push({ event, balance });
    places.push(place);
  }
  const outcomes = await hotPath.count(candidates, balances.all(), now);
  for (const [index, outcome] of outcomes.entries()) results[places[index] ?? index] = outcome;
  return results;

  /** Whether it happened outside of the period that `now` is in. Standing counts know no past. */
  function isPast({ feature, occurredAt }: CheckedEvent, terms: Terms): boolean {
    if (occurredAt === null || feature.kind !== "metered") return false;
    const { period } = scopeNow(plans, terms, feature, now);
    return period !== null && occurredAt < period.start;
  }
}

async function pastTerms(
  store: EntitlementStore,
  tx: Tx,
  present: Terms,
  { feature, subjectId }: CheckedEvent,
  at: Date,
): Promise<[Terms, CheckedEvent["feature"], Date]> {
  const terms = at >= present.since ? present : ((await store.findAt(tx, subjectId, at)) ?? present);
  return [terms, feature, at > terms.since ? at : terms.since];
}

function hotPathOf({ connection }: Tx): HotPath {
  return connection.dialect === "sqlite" ? sqliteHotPath(connection.sqlite) : postgresHotPath(connection.postgres);
}
