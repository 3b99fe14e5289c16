/** One batch of events in one transaction: event, balance and ledger entry are written together or not at all. */
import type { Clock } from "@revops/core";
import type { Tx } from "@revops/database";
import type { EntitlementStore } from "../entitlements/store.ts";
import { later, type Terms } from "../entitlements/terms.ts";
import { saasErrors } from "../errors.ts";
import type { Plans } from "../plans/plans.ts";
import { type Balances, createBalances } from "./balances.ts";
import type { Balance, Candidate, CheckedEvent, HotPath, Outcome, Scope } from "./batch.ts";
import { batchConflict } from "./conflict.ts";
import { postgresHotPath } from "./postgres.ts";
import type { Remembered } from "./remembered.ts";
import type { Rules } from "./rules.ts";
import { scopeAt } from "./scope.ts";
import { sqliteHotPath } from "./sqlite.ts";
import { createSubjects, type Subjects } from "./subjects.ts";

export interface CountOptions {
  readonly clock: Clock;
  readonly plans: Plans;
  readonly entitlements: EntitlementStore;
  readonly rules: Rules;
}

/** An event's outcome, or the error that is this event's alone. */
export type Counted = Outcome | Error;

/** The events of a batch with their balances; an event without one has an error of its own. */
interface Placed {
  readonly candidates: readonly Candidate[];
  readonly balances: readonly Balance[];
  /** What the balances' scopes were worked out from, by subject. */
  readonly terms: ReadonlyMap<string, Terms>;
  /** Puts the candidates' outcomes where their events were. */
  results(outcomes: readonly Outcome[]): Counted[];
}

/** What is known from the batches before, for the batches of this process's own transactions. */
export interface Known {
  /** Checked in each batch, and brought up to date. */
  readonly subjects: Subjects;
  /** Told of each balance that a commit has shown. */
  readonly remembered: Remembered;
  /** Whether the last batch with names had repeats, so that the next one may have. */
  readonly repeats: { expected: boolean };
}

/**
 * Counts events in the order given.
 *
 * An event of an earlier period (by its `occurredAt`) counts to that period, under the tier the subject had then; one
 * from before the subject's first day counts to its first period; one ahead of the clock counts as of now.
 *
 * @param known nothing in a caller's transaction: what that one sees may be rolled back
 */
export async function countEvents(
  tx: Tx,
  events: readonly CheckedEvent[],
  options: CountOptions,
  known: Known | null,
): Promise<Counted[]> {
  const at = options.clock.now();
  const hotPath = hotPathOf(tx);
  const subjects = known?.subjects ?? createSubjects(events.length + 1);
  for (;;) {
    const batch = await place(tx, events, subjects, options, at);
    // Terms that were changed meanwhile are read again, and with them the balances that they lead to; in a transaction of our
    // own from the start, since those are not to be locked after others.
    if (await forgetChanged(batch, subjects, hotPath)) {
      if (known === null) continue;
      throw batchConflict();
    }
    const outcomes = await countPlaced(tx, batch, hotPath, options.rules, at);
    await options.rules.counted(tx, batch.balances, at);
    if (known !== null) tx.afterCommit(() => remember(batch, outcomes, known));
    return batch.results(outcomes);
  }
}

function remember(
  { balances, candidates }: Placed,
  outcomes: readonly Outcome[],
  { remembered, repeats }: Known,
): void {
  for (const { scope, used, hour } of balances) remembered.note(scope, used, hour);
  const isNamed = (index: number) => candidates[index]?.event.named === true;
  if (outcomes.some((_, index) => isNamed(index)))
    repeats.expected = outcomes.some(({ result }, index) => result === "duplicate" && isNamed(index));
}

/** Finds each event's balance, by the terms that its subject has, or had when it happened. */
async function place(
  tx: Tx,
  events: readonly CheckedEvent[],
  subjects: Subjects,
  options: CountOptions,
  at: Date,
): Promise<Placed> {
  const terms = await termsOf(tx, events, subjects, options);
  const balances: Balances = createBalances();
  const results: (Counted | undefined)[] = [];
  const candidates: Candidate[] = [];
  for (const event of events) {
    const ofSubject = terms.get(event.subjectId);
    if (ofSubject === undefined) {
      results.push(saasErrors.subject_not_found({ detail: "The subject was never given an entitlement." }));
      continue;
    }
    const scope = () => subjects.scopeNow(ofSubject, event.feature, at);
    const past = await pastScope(tx, event, ofSubject, scope, options);
    candidates.push({ event, balance: past ? balances.of(past) : balances.present(event, scope) });
    results.push(undefined);
  }
  return {
    candidates,
    balances: balances.all(),
    terms,
    results(outcomes) {
      const next = outcomes.values();
      // Each event has an error of its own or is a candidate, and each candidate has an outcome.
      return results.map((result) => result ?? (next.next().value as Outcome));
    },
  };
}

/** Most balances are decided by their limit alone, in the hot path; those with rules of their own by the rules. */
async function countPlaced(tx: Tx, batch: Placed, hotPath: HotPath, rules: Rules, at: Date): Promise<Outcome[]> {
  const { candidates, balances } = batch;
  const asked = new Map(balances.map((balance) => [balance, { balance, most: balance.used, gives: false }]));
  for (const { event, balance } of candidates) {
    const of = asked.get(balance);
    if (of === undefined) continue;
    if (event.quantity < 0) of.gives = true;
    else of.most += event.quantity;
  }
  const selected = await rules.select(tx, [...asked.values()], at);
  if (selected.size === 0) return hotPath.count(candidates, at);
  const ruled = candidates.filter(({ balance }) => selected.has(balance));
  const plain = candidates.filter(({ balance }) => !selected.has(balance));
  const ofPlain = (plain.length === 0 ? [] : await hotPath.count(plain, at)).values();
  const ofRuled = (await rules.count(tx, ruled, at)).values();
  return candidates.map(({ balance }) => (selected.has(balance) ? ofRuled : ofPlain).next().value as Outcome);
}

async function termsOf(tx: Tx, events: readonly CheckedEvent[], subjects: Subjects, { entitlements }: CountOptions) {
  const found = new Map<string, Terms>();
  const unknown = new Set<string>();
  for (const { subjectId } of events) {
    if (found.has(subjectId) || unknown.has(subjectId)) continue;
    const terms = subjects.termsOf(subjectId);
    if (terms) found.set(subjectId, terms);
    else unknown.add(subjectId);
  }
  if (unknown.size > 0) {
    for (const terms of await entitlements.resolve(tx, await hotPathOf(tx).termsOf([...unknown]))) {
      subjects.remember(terms);
      found.set(terms.subjectId, terms);
    }
  }
  return found;
}

/** Reads the balances; whether the terms of any subject are not the ones that the scopes were worked out from. */
async function forgetChanged({ balances, terms }: Placed, subjects: Subjects, hotPath: HotPath): Promise<boolean> {
  const versions = await hotPath.read(balances);
  const changed = balances.filter(({ scope }, index) => terms.get(scope.subjectId)?.version !== versions[index]);
  for (const { scope } of changed) subjects.forget(scope.subjectId);
  return changed.length > 0;
}

/** The scope of an event that happened before the period of now; null for all others. Standing counts know no past. */
async function pastScope(
  tx: Tx,
  { feature, subjectId, occurredAt }: CheckedEvent,
  present: Terms,
  presentScope: () => Scope,
  { entitlements }: CountOptions,
): Promise<Scope | null> {
  if (occurredAt === null || feature.kind !== "metered") return null;
  const { period } = presentScope();
  if (period === null || occurredAt >= period.start) return null;
  const terms =
    occurredAt >= present.since ? present : ((await entitlements.findAt(tx, subjectId, occurredAt)) ?? present);
  return scopeAt(terms, feature, later(occurredAt, terms.since));
}

/** What is written per dialect, on a transaction's connection. */
export function hotPathOf({ connection }: Tx): HotPath {
  return connection.dialect === "sqlite" ? sqliteHotPath(connection.sqlite) : postgresHotPath(connection.postgres);
}
