/**
 * What counts a plain batch on PostgreSQL without reading first: one statement, and two more where an event turns out to have
 * been counted before. See `postgres-statements.ts` for why keys come as one run of bytes.
 */
import type { PostgresClient } from "@revops/database";
import type { Balance, Candidate } from "./batch.ts";
import { keysOf, nth, numbers } from "./postgres-statements.ts";

/** What a batch asks of a balance. */
export interface Sum {
  readonly balance: Balance;
  /** Where it stands among the sums of its batch, from 1. */
  readonly place: number;
  /** What its events come to, of those that count. */
  quantity: number;
  events: number;
}

/** An event that is to be counted, with the sum that it is part of. */
export interface Part {
  readonly candidate: Candidate;
  readonly sum: Sum;
}

// A balance is moved before its events are inserted, since they carry the number of its entry: so whoever comes next waits
// here, on a row. Rows are locked in the order of the keys, as everywhere: an update alone takes them in the order of its plan,
// and two batches would wait in a circle. Whoever waited sees the row as it is by then, and the condition is looked at once more.
// The states go back as arrays: joining events with the balances that were moved would cost their product, since nothing tells
// the planner how many there are.
const countText = (onRepeat: string) => `
  with given as (
    select ${nth("$1", "place")} as key, subject_id, version, quantity, events, most, place
    from unnest($2::text[], $3::bigint[], $4::bigint[], $5::integer[], $6::bigint[])
      with ordinality as sum (subject_id, version, quantity, events, most, place)
  ), locked as materialized (
    select given.place, given.quantity, given.events, given.key
    from given
    join saas_entitlements as terms on terms.subject_id = given.subject_id and terms.version = given.version
    join saas_counters as balance on balance.key = given.key
    where balance.hour = $7 and balance.used + given.quantity <= given.most
    order by balance.key
    for update of balance
  ), moved as (
    update saas_counters as balance set used = balance.used + locked.quantity, entries = balance.entries + 1,
      hour_quantity = balance.hour_quantity + locked.quantity
    from locked
    where balance.key = locked.key and (select count(*) from locked) = $15
    returning locked.place, locked.quantity, locked.events, balance.key, balance.used, balance.entries
  ), posted as (
    insert into saas_ledger (counter_key, entry, kind, quantity, events, at)
    select key, entries, 'usage', quantity, events, $8 from moved
  ), state as materialized (
    select array_agg(entries order by place) as entries, array_agg(used order by place) as used, count(*) as balances
    from moved
  ), counted as (
    insert into saas_events (key, counter_key, entry, quantity, occurred_at, metadata)
    select ${nth("$9", "place")}, ${nth("$1", "sum")}, (select entries from state)[sum] * coalesce(sign, 1), coalesce(quantity, 1), occurred_at, metadata
    from unnest($10::integer[], $11::integer[], $12::bigint[], $13::timestamptz[], $14::jsonb[])
      with ordinality as event (sum, sign, quantity, occurred_at, metadata, place)
    where (select balances from state) = $15
    order by 1
    ${onRepeat}
    returning 1
  )
  select array_to_string(used, ','), (select count(*) from counted) from state`;

const countNamedStatement = {
  name: "saas_count_named",
  rowMode: "array" as const,
  text: countText("on conflict (key) do nothing"),
};

// Nobody has the key of an event without a name: looking for it costs a third of its insertion.
const countUnnamedStatement = { name: "saas_count_unnamed", rowMode: "array" as const, text: countText("") };

/** What became of a batch. */
export interface Moved {
  /** By the places of the sums: the balances now. */
  readonly used: readonly number[];
  /** How many events were inserted; the others were counted before, and are part of the balances all the same. */
  readonly inserted: number;
}

/** Up to where a balance may be moved, as `refusalOf` has it: what changes nothing no limit holds up, also above it. */
function mostOf({ balance, quantity }: Sum): number {
  return (quantity === 0 ? null : balance.scope.limit) ?? Number.MAX_SAFE_INTEGER;
}

/**
 * Moves balances and inserts their events. Null if one of the balances is not of this hour, has other terms, or no room for
 * its sum: what was written by then is to be rolled back.
 */
export async function countSums(
  client: PostgresClient,
  sums: readonly Sum[],
  parts: readonly Part[],
  { at, hour }: { readonly at: Date; readonly hour: number },
): Promise<Moved | null> {
  const events = parts.map(({ candidate }) => candidate.event);
  const statement = events.some(({ named }) => named) ? countNamedStatement : countUnnamedStatement;
  const { rows } = await client.query<[used: string | null, inserted: string]>({
    ...statement,
    values: [
      keysOf(sums.map(({ balance }) => balance)),
      sums.map(({ balance }) => balance.scope.subjectId),
      numbers(sums.map(({ balance }) => balance.scope.terms.version)),
      numbers(sums.map(({ quantity }) => quantity)),
      numbers(sums.map((sum) => sum.events)),
      numbers(sums.map(mostOf)),
      new Date(hour),
      at,
      Buffer.concat(events.map(({ key }) => key)),
      numbers(parts.map(({ sum }) => sum.place)),
      // An array that is null gives null for each event, and takes no time to be read.
      events.every(({ counts }) => counts) ? null : numbers(events.map(({ counts }) => (counts ? 1 : -1))),
      events.every(({ quantity }) => quantity === 1) ? null : numbers(events.map(({ quantity }) => quantity)),
      events.some(({ occurredAt }) => occurredAt !== null) ? events.map(({ occurredAt }) => occurredAt) : null,
      events.some(({ metadata }) => metadata !== null) ? events.map(({ metadata }) => metadata) : null,
      sums.length,
    ],
  });
  const used = rows[0]?.[0]?.split(",").map(Number) ?? [];
  return used.length === sums.length ? { used, inserted: Number(rows[0]?.[1]) } : null;
}

// An entry's number is given once, so an event that has it was inserted for it.
const findRepeatedStatement = {
  name: "saas_find_repeated",
  rowMode: "array" as const,
  text: `
    select event.place
    from unnest($3::integer[]) with ordinality as event (sum, place)
    join saas_events as stored on stored.key = ${nth("$1", "event.place")}
    join saas_counters as balance on balance.key = ${nth("$2", "event.sum")}
    where stored.counter_key <> balance.key or abs(stored.entry) <> balance.entries`,
};

/** The places, from 0, of the events that {@link countSums} found to be counted before. */
export async function findRepeated(
  client: PostgresClient,
  sums: readonly Sum[],
  parts: readonly Part[],
): Promise<number[]> {
  const { rows } = await client.query<[place: string]>({
    ...findRepeatedStatement,
    values: [
      Buffer.concat(parts.map(({ candidate }) => candidate.event.key)),
      keysOf(sums.map(({ balance }) => balance)),
      numbers(parts.map(({ sum }) => sum.place)),
    ],
  });
  return rows.map(([place]) => Number(place) - 1);
}

// The entry is this transaction's own, which nobody else has seen.
const takeBackStatement = {
  name: "saas_take_back",
  text: `
    with given as (
      select ${nth("$1", "place")} as key, quantity, events, remain, place
      from unnest($2::bigint[], $3::integer[], $4::boolean[]) with ordinality as sum (quantity, events, remain, place)
    ), moved as (
      update saas_counters as balance set used = balance.used - given.quantity,
        entries = balance.entries - (not given.remain)::integer, hour_quantity = balance.hour_quantity - given.quantity
      from given where balance.key = given.key
    ), lowered as (
      update saas_ledger as ledger set quantity = ledger.quantity - given.quantity, events = ledger.events - given.events
      from given join saas_counters as balance on balance.key = given.key
      where given.remain and ledger.counter_key = given.key and ledger.entry = balance.entries
    )
    delete from saas_ledger as ledger
    using given join saas_counters as balance on balance.key = given.key
    where not given.remain and ledger.counter_key = given.key and ledger.entry = balance.entries`,
};

/** Takes what was counted before out of balances again, and out of their entries; an entry of which nothing is left goes. */
export async function takeBack(client: PostgresClient, repeated: readonly Sum[]): Promise<void> {
  await client.query({
    ...takeBackStatement,
    values: [
      keysOf(repeated.map(({ balance }) => balance)),
      numbers(repeated.map(({ quantity }) => quantity)),
      numbers(repeated.map(({ events }) => events)),
      repeated.map(({ balance, events }) => balance.tally.events > events),
    ],
  });
}
