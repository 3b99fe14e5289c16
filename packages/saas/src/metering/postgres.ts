/**
 * The hot path on PostgreSQL: two round trips for a batch, more where a balance is new or a quota nearly full.
 *
 * Balances are locked first, in the order of their keys, then events are inserted in the order of theirs, so that
 * instances do not wait for each other in a circle. Admission is decided under the locks, so it is exact across instances.
 */
import type { PostgresClient } from "@revops/database";
import type { StoredTerms } from "../entitlements/terms.ts";
import { refusalOf } from "./admission.ts";
import type { Balance, Candidate, HotPath, Outcome } from "./batch.ts";
import { periodStartOf } from "./scope.ts";

export function postgresHotPath(client: PostgresClient): HotPath {
  return {
    async termsOf(subjectIds) {
      const { rows } = await client.query<TermsRow>({ ...findTerms, values: [subjectIds] });
      return rows.map((row) => ({ ...row, version: Number(row.version) }));
    },

    read: (balances) => lock(client, balances),

    async count(candidates, _balances, at) {
      const known = mayBeRefused(candidates) ? await findKnown(client, candidates) : new Set<string>();
      const outcomes = new Map<Candidate, Outcome>();
      let pending = candidates;
      while (pending.length > 0) pending = await pass(client, pending, known, outcomes, at);
      // Every candidate was given its outcome by the passes above.
      return candidates.map((candidate) => outcomes.get(candidate) as Outcome);
    },
  };
}

interface TermsRow extends Omit<StoredTerms, "version"> {
  readonly version: string;
}

const findTerms = {
  name: "saas_find_terms",
  text: `
    select subject_id as "subjectId", version, tier, status, interval, anchor, billed_start as "billedStart",
      billed_end as "billedEnd", usage_since as "usageSince", since, plan_version as "planVersion", agreement
    from saas_entitlements where subject_id = any($1::text[])`,
};

// Locked in the order of the keys. Rows come as arrays, named by their place: parsing keys would cost more than the lock.
const lockBalances = {
  name: "saas_lock_balances",
  rowMode: "array" as const,
  text: `
    select wanted.place, balance.used, balance.entries, terms.version
    from unnest($2::text[]) with ordinality as wanted (subject_id, place)
    join saas_counters as balance on balance.key = substring($1::bytea from wanted.place::integer * 16 - 15 for 16)
    join saas_entitlements as terms on terms.subject_id = wanted.subject_id
    order by balance.key
    for update of balance`,
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

// A balance changes by what was really inserted, whatever was decided: they cannot drift apart. Keys come as one run of
// bytes, 16 for each: an array of them would be sent as hexadecimal text, and take a sixth of the whole time.
const countEvents = {
  name: "saas_count_events",
  text: `
    with given as (
      select substring($1::bytea from place::integer * 16 - 15 for 16) as key,
        substring($2::bytea from balance * 16 - 15 for 16) as counter_key, ($3::bigint[])[balance] as entry,
        quantity, occurred_at, metadata, place
      from unnest($4::integer[], $5::bigint[], $6::timestamptz[], $7::jsonb[])
        with ordinality as event (balance, quantity, occurred_at, metadata, place)
    ), counted as (
      insert into saas_events (key, counter_key, entry, quantity, occurred_at, metadata)
      select key, counter_key, entry, quantity, occurred_at, metadata from given order by key
      on conflict (key) do nothing
      returning key, counter_key, entry, quantity
    ), posted as (
      insert into saas_ledger (counter_key, entry, kind, quantity, events, at)
      select counter_key, entry, 'usage', sum(quantity), count(*), $8 from counted group by counter_key, entry
      returning counter_key, entry, quantity
    ), balanced as (
      update saas_counters set used = used + posted.quantity, entries = posted.entry
      from posted where key = posted.counter_key
    )
    select given.place from given left join counted on counted.key = given.key where counted.key is null`,
};

interface KeyRow {
  readonly key: Buffer;
}

/** Place (from 1), balance, entries, version of the terms. */
type LockedRow = [place: string, used: string, entries: string, version: string];

async function lock(client: PostgresClient, balances: readonly Balance[]): Promise<number[]> {
  if (balances.length === 0) return [];
  const scopes = balances.map(({ scope }) => scope);
  const values = [Buffer.concat(scopes.map(({ counterKey }) => counterKey)), scopes.map(({ subjectId }) => subjectId)];
  let { rows } = await client.query<LockedRow>({ ...lockBalances, values });
  if (rows.length < balances.length) {
    const found = new Set(rows.map(([place]) => Number(place) - 1));
    const missing = scopes.filter((_, index) => !found.has(index));
    await client.query({
      ...insertBalances,
      values: [
        missing.map(({ counterKey }) => counterKey),
        missing.map(({ subjectId }) => subjectId),
        missing.map(({ feature }) => feature.id),
        missing.map(({ period }) => periodStartOf(period)),
      ],
    });
    ({ rows } = await client.query<LockedRow>({ ...lockBalances, values }));
  }
  const versions = new Array<number>(balances.length).fill(0);
  for (const [place, used, entries, version] of rows) {
    const index = Number(place) - 1;
    const balance = balances[index];
    if (!balance) continue;
    balance.used = Number(used);
    balance.entries = Number(entries);
    versions[index] = Number(version);
  }
  return versions;
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
  const taken: Candidate[] = [];
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
      taken.push(candidate);
      settle(candidate, "counted");
    }
  }
  const freed = new Set<Balance>();
  for (const candidate of await write(client, taken, at)) {
    candidate.balance.used -= candidate.event.quantity;
    freed.add(candidate.balance);
    settle(candidate, "duplicate");
  }
  return refused.filter(({ balance }) => freed.has(balance));
}

/** Inserts events with their ledger entries and balances; gives back those that were there before. */
async function write(client: PostgresClient, candidates: readonly Candidate[], at: Date): Promise<Candidate[]> {
  if (candidates.length === 0) return [];
  const events = candidates.map(({ event }) => event);
  const places = new Map<Balance, number>();
  for (const { balance } of candidates) if (!places.has(balance)) places.set(balance, places.size + 1);
  const balances = [...places.keys()];
  const { rows } = await client.query<{ place: string }>({
    ...countEvents,
    values: [
      Buffer.concat(events.map(({ key }) => key)),
      Buffer.concat(balances.map(({ scope }) => scope.counterKey)),
      balances.map(({ entries }) => entries + 1),
      candidates.map(({ balance }) => places.get(balance)),
      events.map(({ quantity }) => quantity),
      // An array that is null gives null for each event.
      events.some(({ occurredAt }) => occurredAt !== null) ? events.map(({ occurredAt }) => occurredAt) : null,
      events.some(({ metadata }) => metadata !== null) ? events.map(({ metadata }) => metadata) : null,
      at,
    ],
  });
  const repeated = new Set(rows.map(({ place }) => Number(place) - 1));
  const grown = new Set(candidates.filter((_, index) => !repeated.has(index)).map(({ balance }) => balance));
  for (const balance of grown) balance.entries += 1;
  return candidates.filter((_, index) => repeated.has(index));
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
