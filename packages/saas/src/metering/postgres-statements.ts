/**
 * The hot path's statements on PostgreSQL. Each has a name, so a connection plans it once, and takes a whole batch. Keys
 * come as one run of bytes, 16 for each: an array of them would be sent as hexadecimal text, and take a sixth of the time.
 */
import type { PostgresClient } from "@revops/database";
import type { StoredTerms } from "../entitlements/terms.ts";
import type { Balance, Candidate, GroupTotal } from "./batch.ts";
import type { BucketGain } from "./buckets.ts";
import { periodStartOf } from "./scope.ts";
import { groupId } from "./tally.ts";

/** The n-th key of a run of them. */
export const nth = (run: string, place: string) => `substring(${run}::bytea from ${place}::integer * 16 - 15 for 16)`;
const milliseconds = (column: string) => `(extract(epoch from ${column}) * 1000)::bigint`;

const termsStatement = {
  name: "saas_find_terms",
  text: `
    select subject_id as "subjectId", version, tier, status, interval, anchor, billed_start as "billedStart",
      billed_end as "billedEnd", usage_since as "usageSince", since, plan_version as "planVersion", agreement
    from saas_entitlements where subject_id = any($1::text[])`,
};

interface TermsRow extends Omit<StoredTerms, "version"> {
  readonly version: string;
}

export async function findTerms(client: PostgresClient, subjectIds: readonly string[]): Promise<StoredTerms[]> {
  const { rows } = await client.query<TermsRow>({ ...termsStatement, values: [subjectIds] });
  return rows.map((row) => ({ ...row, version: Number(row.version) }));
}

// Locked in the order of the keys, and none where one is still to be opened: whoever opens it would be waited for with locks
// held. Rows come as arrays, named by their place: parsing keys would cost more than the lock.
const lockStatement = {
  name: "saas_lock_balances",
  rowMode: "array" as const,
  text: `
    select wanted.place, balance.used, balance.entries, terms.version, ${milliseconds("balance.hour")},
      balance.hour_quantity, ${milliseconds("balance.latest_at")}
    from unnest($2::text[]) with ordinality as wanted (subject_id, place)
    join saas_counters as balance on balance.key = ${nth("$1", "wanted.place")}
    join saas_entitlements as terms on terms.subject_id = wanted.subject_id
    where cardinality($2::text[]) = (
      select count(*) from generate_series(1, cardinality($2::text[])) as given (place)
      join saas_counters as present on present.key = ${nth("$1", "given.place")}
    )
    order by balance.key
    for update of balance`,
};

const openStatement = {
  name: "saas_insert_balances",
  text: `
    insert into saas_counters (key, subject_id, feature, period_start, used, entries)
    select key, subject_id, feature, period_start, 0, 0
    from unnest($1::bytea[], $2::text[], $3::text[], $4::timestamptz[]) as new (key, subject_id, feature, period_start)
    order by key
    on conflict (key) do nothing`,
};

type Text = string | null;
type LockedRow = [place: string, used: string, entries: string, version: string, hour: Text, inHour: string, at: Text];

/** Locks balances, opening those that are new, and reads them; gives the versions of their subjects' terms. */
export async function lock(client: PostgresClient, balances: readonly Balance[]): Promise<number[]> {
  if (balances.length === 0) return [];
  const scopes = balances.map(({ scope }) => scope);
  const values = [keysOf(balances), scopes.map(({ subjectId }) => subjectId)];
  let { rows } = await client.query<LockedRow>({ ...lockStatement, values });
  if (rows.length < balances.length) {
    await client.query({
      ...openStatement,
      values: [
        scopes.map(({ counterKey }) => counterKey),
        scopes.map(({ subjectId }) => subjectId),
        scopes.map(({ feature }) => feature.id),
        scopes.map(({ period }) => periodStartOf(period)),
      ],
    });
    ({ rows } = await client.query<LockedRow>({ ...lockStatement, values }));
  }
  const versions = new Array<number>(balances.length).fill(0);
  for (const [place, used, entries, version, hour, hourQuantity, latestAt] of rows) {
    const index = Number(place) - 1;
    const balance = balances[index];
    if (!balance) continue;
    balance.used = Number(used);
    balance.before = balance.used;
    balance.entries = Number(entries);
    balance.hour = hour === null ? null : Number(hour);
    balance.hourQuantity = Number(hourQuantity);
    balance.latestAt = latestAt === null ? null : Number(latestAt);
    versions[index] = Number(version);
  }
  return versions;
}

const findStatement = {
  name: "saas_find_events",
  text: "select key from saas_events where key = any($1::bytea[])",
};

/** The keys, as text, of the events that were counted before. */
export async function findKnown(client: PostgresClient, candidates: readonly Candidate[]): Promise<Set<string>> {
  const keys = candidates.map(({ event }) => event.key);
  const { rows } = await client.query<{ key: Buffer }>({ ...findStatement, values: [keys] });
  return new Set(rows.map(({ key }) => key.toString("latin1")));
}

const insertStatement = {
  name: "saas_insert_events",
  rowMode: "array" as const,
  text: `
    with given as (
      select ${nth("$1", "place")} as key, ${nth("$2", "balance")} as counter_key, entry, quantity, occurred_at, metadata,
        place
      from unnest($3::integer[], $4::bigint[], $5::bigint[], $6::timestamptz[], $7::jsonb[])
        with ordinality as event (balance, entry, quantity, occurred_at, metadata, place)
    ), counted as (
      insert into saas_events (key, counter_key, entry, quantity, occurred_at, metadata)
      select key, counter_key, entry, quantity, occurred_at, metadata from given order by key
      on conflict (key) do nothing
      returning key
    )
    select given.place from given left join counted on counted.key = given.key where counted.key is null`,
};

/** Inserts events, to be counted by an entry of their balances; gives the places of those that were there before. */
export async function insertEvents(
  client: PostgresClient,
  candidates: readonly Candidate[],
  entryOf: (balance: Balance) => number,
): Promise<Set<number>> {
  if (candidates.length === 0) return new Set();
  const events = candidates.map(({ event }) => event);
  const places = new Map<Balance, number>();
  for (const { balance } of candidates) if (!places.has(balance)) places.set(balance, places.size + 1);
  const { rows } = await client.query<[place: string]>({
    ...insertStatement,
    values: [
      Buffer.concat(events.map(({ key }) => key)),
      keysOf([...places.keys()]),
      numbers(candidates.map(({ balance }) => places.get(balance) ?? 0)),
      numbers(candidates.map(({ event, balance }) => (event.counts ? entryOf(balance) : -entryOf(balance)))),
      numbers(events.map(({ quantity }) => quantity)),
      // An array that is null gives null for each event.
      events.some(({ occurredAt }) => occurredAt !== null) ? events.map(({ occurredAt }) => occurredAt) : null,
      events.some(({ metadata }) => metadata !== null) ? events.map(({ metadata }) => metadata) : null,
    ],
  });
  return new Set(rows.map(([place]) => Number(place) - 1));
}

const postStatement = {
  name: "saas_post_entries",
  text: `
    with given as (
      select ${nth("$1", "place")} as key, entry, quantity, events, used, hour, hour_quantity, latest_at
      from unnest($2::bigint[], $3::bigint[], $4::integer[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[])
        with ordinality as balance (entry, quantity, events, used, hour, hour_quantity, latest_at, place)
    ), moved as (
      update saas_counters set used = given.used, entries = given.entry, hour = to_timestamp(given.hour / 1000.0),
        hour_quantity = given.hour_quantity, latest_at = to_timestamp(given.latest_at / 1000.0)
      from given where saas_counters.key = given.key
    )
    insert into saas_ledger (counter_key, entry, kind, quantity, events, at)
    select key, entry, 'usage', quantity, events, $9 from given`,
};

/** Writes the next ledger entry and the new state of balances that are locked. */
export async function postEntries(client: PostgresClient, balances: readonly Balance[], at: Date): Promise<void> {
  await client.query({
    ...postStatement,
    values: [
      keysOf(balances),
      numbers(balances.map(({ entries }) => entries)),
      numbers(balances.map(({ tally }) => tally.quantity)),
      numbers(balances.map(({ tally }) => tally.events)),
      numbers(balances.map(({ used }) => used)),
      numbers(balances.map(({ hour }) => hour)),
      numbers(balances.map(({ hourQuantity }) => hourQuantity)),
      numbers(balances.map(({ latestAt }) => latestAt)),
      at,
    ],
  });
}

const bucketStatement = {
  name: "saas_add_to_buckets",
  text: `
    insert into saas_buckets (counter_key, span, start, quantity, moment)
    select ${nth("$1", "place")}, span, to_timestamp(start / 1000.0), quantity, moment
    from unnest($2::integer[], $3::bigint[], $4::bigint[], $5::bigint[])
      with ordinality as gain (span, start, quantity, moment, place)
    on conflict (counter_key, span, start) do update set quantity = saas_buckets.quantity + excluded.quantity,
      moment = saas_buckets.moment + excluded.moment`,
};

/** Adds to rows of the history, each named once. */
export async function addToBuckets(
  client: PostgresClient,
  gains: readonly (BucketGain & { readonly balance: Balance })[],
): Promise<void> {
  if (gains.length === 0) return;
  await client.query({
    ...bucketStatement,
    values: [
      keysOf(gains.map(({ balance }) => balance)),
      gains.map(({ span }) => span),
      gains.map(({ start }) => start),
      gains.map(({ quantity }) => quantity),
      gains.map(({ moment }) => moment),
    ],
  });
}

const findGroupsStatement = {
  name: "saas_find_groups",
  text: `
    select wanted.place, found.quantity, found.events
    from unnest($2::text[], $3::text[]) with ordinality as wanted (dimension, value, place)
    join saas_groups as found on found.counter_key = ${nth("$1", "wanted.place")}
      and found.dimension = wanted.dimension and found.value = wanted.value`,
};

/** Loads the totals of the groups that events are in. */
export async function loadGroups(client: PostgresClient, candidates: readonly Candidate[]): Promise<void> {
  const wanted: { balance: Balance; total: GroupTotal }[] = [];
  for (const { event, balance } of candidates) {
    for (const group of event.groups) {
      const id = groupId(group);
      if (balance.tally.groups.has(id)) continue;
      const total = { ...group, quantity: 0, events: 0 };
      balance.tally.groups.set(id, total);
      wanted.push({ balance, total });
    }
  }
  if (wanted.length === 0) return;
  const { rows } = await client.query<{ place: string; quantity: string; events: string }>({
    ...findGroupsStatement,
    values: [
      keysOf(wanted.map(({ balance }) => balance)),
      wanted.map(({ total }) => total.dimension),
      wanted.map(({ total }) => total.value),
    ],
  });
  for (const { place, quantity, events } of rows) {
    const total = wanted[Number(place) - 1]?.total;
    if (total) Object.assign(total, { quantity: Number(quantity), events: Number(events) });
  }
}

const writeGroupsStatement = {
  name: "saas_write_groups",
  text: `
    insert into saas_groups (counter_key, dimension, value, quantity, events)
    select ${nth("$1", "place")}, dimension, value, quantity, events
    from unnest($2::text[], $3::text[], $4::bigint[], $5::bigint[])
      with ordinality as total (dimension, value, quantity, events, place)
    on conflict (counter_key, dimension, value) do update set quantity = excluded.quantity, events = excluded.events`,
};

/** Writes the totals of groups. */
export async function writeGroups(client: PostgresClient, balances: readonly Balance[]): Promise<void> {
  const totals = balances.flatMap((balance) =>
    [...balance.tally.groups.values()].filter(({ events }) => events > 0).map((total) => ({ balance, total })),
  );
  if (totals.length === 0) return;
  await client.query({
    ...writeGroupsStatement,
    values: [
      keysOf(totals.map(({ balance }) => balance)),
      totals.map(({ total }) => total.dimension),
      totals.map(({ total }) => total.value),
      totals.map(({ total }) => total.quantity),
      totals.map(({ total }) => total.events),
    ],
  });
}

/** An array of numbers as PostgreSQL reads it: the driver would look at each for what is to be escaped. */
export function numbers(values: readonly (number | null)[]): string {
  return `{${values.map((value) => value ?? "null").join(",")}}`;
}

export function keysOf(balances: readonly Pick<Balance, "scope">[]): Buffer {
  return Buffer.concat(balances.map(({ scope }) => scope.counterKey));
}
