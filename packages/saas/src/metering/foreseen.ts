/**
 * The hot path of PostgreSQL for what is plain: sums that fit their limit. All is decided before anything is written, so
 * that the next batch may be decided upon this one while the server still works on it: events are inserted by two batches
 * at once, and a balance's row is locked only from its update to the commit.
 */
import type { PostgresClient, Tx } from "@revops/database";
import type { Balance, Candidate, CheckedEvent, Outcome } from "./batch.ts";
import { hourOf } from "./buckets.ts";
import { batchConflict } from "./conflict.ts";
import type { Expectations } from "./expectations.ts";
import { isPlain } from "./meter.ts";
import { insertEvents, postEntries, postExpectedEntries } from "./postgres-statements.ts";
import type { Rules } from "./rules.ts";
import { addEvent, emptyTally, refusalFor, settleHour } from "./tally.ts";

export interface Foresight {
  /**
   * Counts a batch whose every outcome can be told beforehand; null, with nothing written, for any other.
   *
   * @param locked whether the balances were read under their locks; else they are filled with what is expected of them
   * @param placed called once it is decided what the balances will be
   * @throws a batch conflict, where another instance wrote a balance meanwhile
   */
  count(tx: Tx, batch: ForeseenBatch, locked: boolean, placed: () => void): Promise<Outcome[] | null>;
  /**
   * Resolves when the batches decided so far have moved their balances. To be awaited before balances are locked: who reads
   * earlier would hold the lock that such a batch waits for, decide upon what it has not written yet, and refuse it.
   */
  settled(): Promise<void>;
}

export interface ForeseenBatch {
  readonly candidates: readonly Candidate[];
  readonly balances: readonly Balance[];
  readonly at: Date;
}

export function createForesight(expectations: Expectations, rules: Rules): Foresight {
  /** Resolves when the batch before has moved its balances: they are moved in the order they were decided in. */
  let turn: Promise<void> = Promise.resolve();

  function isForeseeable({ candidates, balances, at }: ForeseenBatch): boolean {
    const hour = hourOf(at.getTime());
    return (
      balances.every(({ scope }) => isPlain(scope.feature) && !rules.ruled(scope)) &&
      candidates.every(
        ({ event: { quantity, occurredAt } }) =>
          quantity >= 0 && (occurredAt === null || hourOf(occurredAt.getTime()) === hour),
      )
    );
  }

  return {
    settled: () => turn,
    async count({ connection }, batch, locked, placed) {
      if (connection.dialect !== "postgres" || !isForeseeable(batch)) return null;
      const { candidates, balances, at } = batch;
      const hour = hourOf(at.getTime());
      // The hour before is closed by whoever holds the lock.
      if (locked ? balances.some((balance) => (balance.hour ?? hour) !== hour) : !expectations.fill(balances, hour)) {
        return null;
      }
      const states = balances.map((balance) => ({ ...balance }));
      const taken = decide(candidates, at);
      if (taken === null) {
        restore(balances, states);
        return null;
      }
      foresee(balances, at);
      expectations.expect(balances);
      const before = turn;
      const mine = Promise.withResolvers<void>();
      turn = mine.promise;
      placed();
      try {
        const inserting = [...taken];
        const repeated = await insertEvents(connection.postgres, inserting, ({ entries }) => entries);
        if (repeated.size > 0) {
          expectations.forget(balances);
          for (const place of repeated) taken.delete(inserting[place] as Candidate);
          restore(balances, states);
          for (const { event, balance } of taken) addEvent(balance, event, changeOf(event), at);
          foresee(balances, at);
        }
        // Under the locks there is nobody to wait for: a batch before this one would be waiting for the locks.
        if (!locked) await before;
        await move(connection.postgres, balances, locked, at);
      } catch (error) {
        expectations.forget(balances);
        throw error;
      } finally {
        mine.resolve();
      }
      return outcomesOf(candidates, balances, taken);
    },
  };

  async function move(client: PostgresClient, balances: readonly Balance[], locked: boolean, at: Date): Promise<void> {
    const moved = balances.filter(({ tally }) => tally.events > 0);
    if (moved.length === 0) return;
    if (locked) return postEntries(client, moved, at);
    const used = await postExpectedEntries(client, moved, at);
    if (used.size === moved.length) {
      // Batches before this one may have counted less than was expected of them.
      for (const [place, balance] of moved.entries()) {
        balance.used = used.get(place) ?? balance.used;
        balance.before = balance.used - balance.tally.quantity;
      }
      return;
    }
    expectations.doubt(moved);
    throw batchConflict();
  }
}

/** What is counted, if nothing is refused; else null. */
function decide(candidates: readonly Candidate[], at: Date): Set<Candidate> | null {
  const taken = new Set<Candidate>();
  const seen = new Set<string>();
  for (const candidate of candidates) {
    const { event, balance } = candidate;
    const key = event.key.toString("latin1");
    if (seen.has(key)) continue;
    seen.add(key);
    if (refusalFor(balance, changeOf(event)) !== null) return null;
    taken.add(candidate);
    addEvent(balance, event, changeOf(event), at);
  }
  return taken;
}

/** By how much an event changes a plain sum. */
function changeOf({ counts, quantity }: CheckedEvent): number {
  return counts ? quantity : 0;
}

function restore(balances: readonly Balance[], states: readonly Balance[]): void {
  for (const [index, balance] of balances.entries()) Object.assign(balance, states[index], { tally: emptyTally() });
}

/** Takes the balances to where this batch leads them. */
function foresee(balances: readonly Balance[], at: Date): void {
  for (const balance of balances) {
    if (balance.tally.events === 0) continue;
    settleHour(balance, at);
    balance.entries += 1;
  }
}

function outcomesOf(
  candidates: readonly Candidate[],
  balances: readonly Balance[],
  taken: ReadonlySet<Candidate>,
): Outcome[] {
  const used = new Map(balances.map((balance) => [balance, balance.before]));
  return candidates.map((candidate) => {
    const { event, balance } = candidate;
    const counted = taken.has(candidate);
    const after = (used.get(balance) ?? balance.before) + (counted ? changeOf(event) : 0);
    used.set(balance, after);
    return {
      result: counted ? "counted" : "duplicate",
      scope: balance.scope,
      quantity: event.quantity,
      used: after,
    };
  });
}
