/** Balances and their subjects' terms on PostgreSQL: found, opened, locked, moved. Each statement has a name, so a connection plans it once. */
import type { PostgresClient } from "@revops/database";
import type { StoredTerms } from "../entitlements/terms.ts";
import type { Balance } from "./batch.ts";
import { keysOf, nth, numbers } from "./postgres-arrays.ts";
import { periodStartOf } from "./scope.ts";

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
