/**
 * What counts a plain batch on PostgreSQL: one statement that does all of it or nothing, so that it is a transaction of its
 * own. See `postgres-arrays.ts` for why keys come as one run of bytes.
 */
import type { PostgresClient } from "@revops/database";
import type { CheckedEvent, Scope } from "./batch.ts";
import { nth, numbers } from "./postgres-arrays.ts";

/** What a batch asks of a balance. */
export interface Sum {
  readonly scope: Scope;
  /** Where it stands among the sums of its batch, from 1. */
  readonly place: number;
  /** What this process saw last of the balance. */
  readonly guess: number;
  /** What the balance must be at least before, and at most afterwards. */
  readonly least: number;
  readonly most: number;
  /** What its events come to, of those that count. */
  quantity: number;
  events: number;
}

/** An event with the sum that it is part of, unless it repeats one that came before it in its batch. */
export interface Part {
  readonly event: CheckedEvent;
  readonly sum: Sum;
  readonly repeated: boolean;
}

// A balance is moved before its events are inserted, since they carry the number of its entry: so whoever comes next waits
// here, on a row. Rows are locked in the order of the keys, as everywhere: an update alone takes them in the order of its plan,
// and two batches would wait in a circle. Whoever waited sees the row as it is by then, and the condition is looked at once more.
// The states go back as arrays: joining events with the balances that were moved would cost their product, since nothing tells
// the planner how many there are. An event that was counted before breaks the index's rule, and with it the whole statement:
// looking for each (`on conflict`) costs a third of its insertion. The division is the last fence: all balances, or none.
const countStatement = {
  name: "saas_count_alone",
  rowMode: "array" as const,
  text: `
  with given as (
    select ${nth("$1", "place")} as key, subject_id, version, quantity, events, least, most, place
    from unnest($2::text[], $3::bigint[], $4::bigint[], $5::integer[], $6::bigint[], $7::bigint[])
      with ordinality as sum (subject_id, version, quantity, events, least, most, place)
  ), locked as materialized (
    select given.place, given.quantity, given.events, given.key
    from given
    join saas_entitlements as terms on terms.subject_id = given.subject_id and terms.version = given.version
    join saas_counters as balance on balance.key = given.key
    where balance.hour = $8 and balance.used >= given.least and balance.used + given.quantity <= given.most
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
    select key, entries, 'usage', quantity, events, $9 from moved
  ), state as materialized (
    select array_agg(entries order by place) as entries, array_agg(used order by place) as used, count(*) as balances
    from moved
  ), counted as (
    insert into saas_events (key, counter_key, entry, quantity, occurred_at, metadata)
    select ${nth("$10", "place")}, ${nth("$1", "sum")}, (select entries from state)[sum] * coalesce(sign, 1), coalesce(quantity, 1), occurred_at, metadata
    from unnest($11::integer[], $12::integer[], $13::bigint[], $14::timestamptz[], $16::jsonb[])
      with ordinality as event (sum, sign, quantity, occurred_at, metadata, place)
    where (select balances from state) = $15
    order by 1
  )
  select array_to_string(used, ','), 1 / (balances in (0, $15))::integer from state`,
};

/**
 * Moves balances, and inserts their events; the balances afterwards, by the places of their sums. Null, with nothing written,
 * if one of the balances is not of this hour, has other terms, or is below its sum's `least` or would come above its `most`.
 * @throws what the driver throws, with nothing written: an event that was counted before is a unique violation
 */
export async function countSums(
  client: PostgresClient,
  sums: readonly Sum[],
  parts: readonly Part[],
  { at, hour }: { readonly at: Date; readonly hour: number },
): Promise<number[] | null> {
  const counted = parts.some(({ repeated }) => repeated) ? parts.filter(({ repeated }) => !repeated) : parts;
  const events = counted.map(({ event }) => event);
  const { rows } = await client.query<[used: string | null]>({
    ...countStatement,
    values: [
      Buffer.concat(sums.map(({ scope }) => scope.counterKey)),
      sums.map(({ scope }) => scope.subjectId),
      numbers(sums.map(({ scope }) => scope.terms.version)),
      numbers(sums.map(({ quantity }) => quantity)),
      numbers(sums.map((sum) => sum.events)),
      numbers(sums.map(({ least }) => least)),
      numbers(sums.map(({ most }) => most)),
      new Date(hour),
      at,
      Buffer.concat(events.map(({ key }) => key)),
      numbers(counted.map(({ sum }) => sum.place)),
      // An array that is null gives null for each event, and takes no time to be read.
      events.every(({ counts }) => counts) ? null : numbers(events.map(({ counts }) => (counts ? 1 : -1))),
      events.every(({ quantity }) => quantity === 1) ? null : numbers(events.map(({ quantity }) => quantity)),
      events.some(({ occurredAt }) => occurredAt !== null) ? events.map(({ occurredAt }) => occurredAt) : null,
      sums.length,
      events.some(({ metadata }) => metadata !== null) ? events.map(({ metadata }) => metadata) : null,
    ],
  });
  return rows[0]?.[0]?.split(",").map(Number) ?? null;
}
