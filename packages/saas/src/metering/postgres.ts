/**
 * A batch on PostgreSQL that takes a transaction: three round trips, more where a balance is new or a quota nearly full.
 *
 * Balances are locked first, in the order of their keys, then events are inserted in the order of theirs, so that
 * instances do not wait for each other in a circle. Admission is decided under the locks, so it is exact across instances.
 * Most batches need none of it: see `alone.ts`.
 */
import type { PostgresClient } from "@revops/database";
import type { Balance, Candidate, HotPath, Outcome } from "./batch.ts";
import { batchConflict } from "./conflict.ts";
import { findTerms, lock, postEntries } from "./postgres-balances.ts";
import { findKnown, insertEvents } from "./postgres-events.ts";
import { addToBuckets, loadGroups, writeGroups } from "./postgres-rollups.ts";
import { addEvent, changeBy, emptyTally, refusalFor, settleHour } from "./tally.ts";

export function postgresHotPath(client: PostgresClient): HotPath {
  return {
    termsOf: (subjectIds) => findTerms(client, subjectIds),
    read: (balances) => lock(client, balances),
    count: (candidates, at) => count(client, candidates, at),
  };
}

/**
 * Decides, inserts, and where an insertion found that an event was counted before, decides once more without it: by then
 * there is room that it did not take, or a value that it did not bring.
 */
async function count(client: PostgresClient, candidates: readonly Candidate[], at: Date): Promise<Outcome[]> {
  const balances = [...new Set(candidates.map(({ balance }) => balance))];
  const states = balances.map((balance) => ({ balance, state: { ...balance } }));
  const known = mayBeRefused(candidates) ? await findKnown(client, candidates) : new Set<string>();
  const inserted = new Set<Candidate>();
  for (;;) {
    for (const { balance, state } of states) Object.assign(balance, state, { tally: emptyTally() });
    await loadGroups(client, candidates);
    const { outcomes, taken } = decide(candidates, known, inserted, at);
    const repeated = await insertEvents(client, taken, ({ entries }) => entries + 1);
    if (repeated.size === 0) {
      await write(client, balances, at);
      return outcomes;
    }
    for (const [place, candidate] of taken.entries()) {
      if (repeated.has(place)) known.add(keyText(candidate));
      else inserted.add(candidate);
    }
  }
}

/**
 * Whether it matters to know beforehand which events were counted before. Where everything fits, a repeat is found by its
 * insertion; where something may not fit, a repeat must not take the room of one that came after it.
 */
function mayBeRefused(candidates: readonly Candidate[]): boolean {
  const after = new Map<Balance, number>();
  return candidates.some(({ event: { quantity }, balance }) => {
    const most = (after.get(balance) ?? balance.used) + quantity;
    after.set(balance, most);
    return quantity < 0 || most > (balance.scope.limit ?? Number.MAX_SAFE_INTEGER);
  });
}

function decide(
  candidates: readonly Candidate[],
  known: ReadonlySet<string>,
  inserted: ReadonlySet<Candidate>,
  at: Date,
): { outcomes: Outcome[]; taken: Candidate[] } {
  const taken: Candidate[] = [];
  const seen = new Set<string>();
  const outcomes = candidates.map((candidate) => {
    const { event, balance } = candidate;
    const key = keyText(candidate);
    const settled = (result: Outcome["result"]) => ({
      result,
      scope: balance.scope,
      quantity: event.quantity,
      used: balance.used,
    });
    if ((known.has(key) || seen.has(key)) && !inserted.has(candidate)) return settled("duplicate");
    const change = changeBy(balance, event, at);
    const refusal = refusalFor(balance, change);
    if (refusal !== null) {
      // Only where another instance counts the same id meanwhile, of which something was to be given back.
      if (inserted.has(candidate)) throw batchConflict();
      return settled(refusal);
    }
    seen.add(key);
    if (!inserted.has(candidate)) taken.push(candidate);
    addEvent(balance, event, change, at);
    return settled("counted");
  });
  return { outcomes, taken };
}

async function write(client: PostgresClient, all: readonly Balance[], at: Date): Promise<void> {
  const balances = all.filter(({ tally }) => tally.events > 0);
  if (balances.length === 0) return;
  const gains = balances.flatMap((balance) => settleHour(balance, at).map((gain) => ({ ...gain, balance })));
  for (const balance of balances) balance.entries += 1;
  await postEntries(client, balances, at);
  await addToBuckets(client, gains);
  await writeGroups(client, balances);
}

/** Bytes as a text that a set can look up. */
function keyText({ event }: Candidate): string {
  return event.key().toString("latin1");
}
