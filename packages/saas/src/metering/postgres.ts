/**
 * The hot path on PostgreSQL: two round trips for a batch, more where a balance is new or a quota nearly full.
 *
 * Balances are locked first, in the order of their keys, then events are inserted in the order of theirs, so that
 * instances do not wait for each other in a circle. Admission is decided under the locks, so it is exact across instances.
 */
import type { PostgresClient } from "@revops/database";
import type { Terms } from "../entitlements/terms.ts";
import { refusalOf } from "./admission.ts";
import type { Balance, Candidate, HotPath, Outcome } from "./batch.ts";
import { periodStartOf } from "./scope.ts";

export function postgresHotPath(client: PostgresClient): HotPath {
  return {
    async termsOf(subjectIds) {
      const { rows } = await client.query<TermsRow>({ ...findTerms, values: [subjectIds] });
      return new Map(rows.map((row) => [row.subjectId, { ...row, version: Number(row.version) }]));
    },

    async count(candidates, balances, at) {
      await lock(client, balances);
      const known = mayBeRefused(candidates) ? await findKnown(client, candidates) : new Set<string>();
      const outcomes = new Map<Candidate, Outcome>();
      let pending = candidates;
      while (pending.length > 0) pending = await pass(client, pending, known, outcomes, at);
      // Every candidate was given its outcome by the passes above.
      return candidates.map((candidate) => outcomes.get(candidate) as Outcome);
    },
  };
}

interface TermsRow extends Omit<Terms, "version"> {
  readonly version: string;
}

const findTerms = {
  name: "saas_find_terms",
  text: `
    select subject_id as "subjectId", version, tier, status, interval, anchor, billed_start as "billedStart",
      billed_end as "billedEnd", usage_since as "usageSince", since
    from saas_entitlements where subject_id = any($1::text[])`,
};

const lockBalances = {
  name: "saas_lock_balances",
  text: "select key, used, entries from saas_counters where key = any($1::bytea[]) order by key for update",
};

const insertBalances = {
  name: "saas_insert_balances",
  text: `
    insert into saas_counters (key, subject_id, feature, period_start, used, entries)
    select key, subject_id, feature, period_start, 0, 0
    from unnest($1::bytea[], $2::text[], $3::text[], $4::timestamptz[]) as new (key, subject_id, feature, period_start)
    order by key
    on conflict (key) do nothing`,
};

const findEvents = {
  name: "saas_find_events",
  text: "select key from saas_events where key = any($1::bytea[])",
};

// A balance changes by what was really inserted, whatever was decided: they cannot drift apart.
const countEvents = {
  name: "saas_count_events",
  text: `
    with given as (
      select * from unnest($1::bytea[], $2::bytea[], $3::bigint[], $4::bigint[], $5::timestamptz[], $6::jsonb[])
        as event (key, counter_key, entry, quantity, occurred_at, metadata)
    ), counted as (
      insert into saas_events (key, counter_key, entry, quantity, occurred_at, metadata)
      select * from given order by key
      on conflict (key) do nothing
      returning key, counter_key, entry, quantity
    ), posted as (
      insert into saas_ledger (counter_key, entry, kind, quantity, events, at)
      select counter_key, entry, 'usage', sum(quantity), count(*), $7 from counted group by counter_key, entry
      returning counter_key, entry, quantity
    ), balanced as (
      update saas_counters set used = used + posted.quantity, entries = posted.entry
      from posted where key = posted.counter_key
    )
    select given.key from given left join counted on counted.key = given.key where counted.key is null`,
};

interface KeyRow {
  readonly key: Buffer;
}

interface CounterRow extends KeyRow {
  readonly used: string;
  readonly entries: string;
}

async function lock(client: PostgresClient, balances: readonly Balance[]): Promise<void> {
  const keys = balances.map(({ scope }) => scope.counterKey);
  let { rows } = await client.query<CounterRow>({ ...lockBalances, values: [keys] });
  if (rows.length < balances.length) {
    const known = new Set(rows.map(({ key }) => text(key)));
    const missing = balances.map(({ scope }) => scope).filter(({ counterKey }) => !known.has(text(counterKey)));
    await client.query({
      ...insertBalances,
      values: [
        missing.map(({ counterKey }) => counterKey),
        missing.map(({ subjectId }) => subjectId),
        missing.map(({ feature }) => feature.id),
        missing.map(({ period }) => periodStartOf(period)),
      ],
    });
    ({ rows } = await client.query<CounterRow>({ ...lockBalances, values: [keys] }));
  }
  const byKey = new Map(rows.map((row) => [text(row.key), row]));
  for (const balance of balances) {
    const row = byKey.get(text(balance.scope.counterKey));
    balance.used = Number(row?.used ?? 0);
    balance.entries = Number(row?.entries ?? 0);
  }
}

/**
 * Whether it matters to know beforehand which events were counted before. Where everything fits, a repeat is found by its
 * insertion; where something may not fit, a repeat must not take the room of one that came after it.
 */
function mayBeRefused(candidates: readonly Candidate[]): boolean {
  const after = new Map<Balance, number>();
  return candidates.some(({ event: { quantity }, balance }) => {
    const used = after.get(balance) ?? balance.used;
    after.set(balance, used + quantity);
    return quantity < 0 || refusalOf(used, quantity, balance.scope.limit) !== null;
  });
}

/**
 * Decides in order, and writes what is admitted. Gives back what is to be decided anew: what was refused for want of
 * room that an event did not take after all, since another instance counted that id at this very moment.
 */
async function pass(
  client: PostgresClient,
  candidates: readonly Candidate[],
  known: Set<string>,
  outcomes: Map<Candidate, Outcome>,
  at: Date,
): Promise<readonly Candidate[]> {
  const taken = new Map<string, Candidate>();
  const refused: Candidate[] = [];
  const settle = (candidate: Candidate, result: Outcome["result"]) => {
    const { event, balance } = candidate;
    outcomes.set(candidate, { result, scope: balance.scope, quantity: event.quantity, used: balance.used });
  };
  for (const candidate of candidates) {
    const { event, balance } = candidate;
    const key = text(event.key);
    const refusal = refusalOf(balance.used, event.quantity, balance.scope.limit);
    if (known.has(key)) settle(candidate, "duplicate");
    else if (refusal !== null) {
      settle(candidate, refusal);
      refused.push(candidate);
    } else {
      balance.used += event.quantity;
      known.add(key);
      taken.set(key, candidate);
      settle(candidate, "counted");
    }
  }
  const freed = new Set<Balance>();
  for (const key of await write(client, [...taken.values()], at)) {
    const candidate = taken.get(key);
    if (!candidate) continue;
    candidate.balance.used -= candidate.event.quantity;
    freed.add(candidate.balance);
    settle(candidate, "duplicate");
  }
  return refused.filter(({ balance }) => freed.has(balance));
}

/** Inserts events with their ledger entries and balances; gives the keys of those that were there before. */
async function write(client: PostgresClient, candidates: readonly Candidate[], at: Date): Promise<string[]> {
  if (candidates.length === 0) return [];
  const { rows } = await client.query<KeyRow>({
    ...countEvents,
    values: [
      candidates.map(({ event }) => event.key),
      candidates.map(({ balance }) => balance.scope.counterKey),
      candidates.map(({ balance }) => balance.entries + 1),
      candidates.map(({ event }) => event.quantity),
      candidates.map(({ event }) => event.occurredAt),
      candidates.map(({ event }) => event.metadata),
      at,
    ],
  });
  const repeated = rows.map(({ key }) => text(key));
  const before = new Set(repeated);
  const grown = new Set(candidates.filter(({ event }) => !before.has(text(event.key))).map(({ balance }) => balance));
  for (const balance of grown) balance.entries += 1;
  return repeated;
}

async function findKnown(client: PostgresClient, candidates: readonly Candidate[]): Promise<Set<string>> {
  const keys = candidates.map(({ event }) => event.key);
  const { rows } = await client.query<KeyRow>({ ...findEvents, values: [keys] });
  return new Set(rows.map(({ key }) => text(key)));
}

/** Bytes as a text that a map can look up. */
function text(key: Buffer): string {
  return key.toString("latin1");
}
