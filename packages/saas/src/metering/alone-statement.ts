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
  /** Where it stands among the sums of its batch, from 1: in the order of the balances' keys. */
  place: number;
  /** What this process saw last of the balance. */
  readonly guess: number;
  /** What the balance must be at least before, and at most afterwards. */
  readonly least: number;
  readonly most: number;
  /** What its events come to, of those that count. */
  quantity: number;
  events: number;
  /** Whether each of its events has a row; if not, the ledger entry alone tells of them (see `isMereUse`). */
  listed: boolean;
}

/** An event with the sum that it is part of, unless it repeats one that came before it in its batch. */
export interface Part {
  readonly event: CheckedEvent;
  readonly sum: Sum;
  readonly repeated: boolean;
}

/** @param array one whose length is hidden from the planner: it would plan each batch of a few anew, at twice the price of counting it */
const unseen = (array: string) => `(select ${array})`;

// A balance is moved before its events are inserted, since they carry the number of its entry: so whoever comes next waits
// here, on a row. Rows are locked in the order of the keys, in which the sums are given: a lateral subquery that locks is run for one
// after the other, and by the index. As a join, the planner reads all balances and all terms as long as there are a thousand. Whoever
// waited sees the row as it is by then, and the conditions are looked at once more. What an array says for each of its rows is
// null where it is the usual: that is neither sent nor read. The update has a condition that says nothing (`+ 0`), so that few rows are
// expected of it, for the same reason.
// The states go back as arrays: joining events with the balances that were moved would cost their product, since nothing tells
// the planner how many there are. An event that was counted before breaks the index's rule, and with it the whole statement:
// looking for each (`on conflict`) costs a third of its insertion. The division is the last fence: all balances, or none.
const countStatement = {
  name: "saas_count_alone",
  rowMode: "array" as const,
  text: `
  with given as (
    select ${nth("$1", "place")} as key, version, coalesce(quantity, 1) as quantity, coalesce(events, 1) as events,
      coalesce(least, 0) as least, room, coalesce(listed, 0) as listed, place
    from unnest(${["$2::bigint[]", "$3::bigint[]", "$4::integer[]", "$5::bigint[]", "$6::bigint[]", "$7::integer[]"].map(unseen)})
      with ordinality as sum (version, quantity, events, least, room, listed, place)
  ), locked as materialized (
    select given.place, given.quantity, given.events, given.listed, given.key
    from given, lateral (
      select from saas_counters as balance
      where balance.key = given.key and balance.hour = $8 and balance.used between given.least and given.room
        and given.version = (select version from saas_entitlements as terms where terms.subject_id = balance.subject_id)
      for update of balance
    ) as balance
  ), moved as (
    update saas_counters as balance set used = balance.used + locked.quantity, entries = balance.entries + 1,
      hour_quantity = balance.hour_quantity + locked.quantity
    from locked
    where balance.key = locked.key and locked.events = locked.events + 0 and (select count(*) from locked) = $10
    returning locked.place, locked.quantity, locked.events, locked.listed, balance.key, balance.used, balance.entries
  ), posted as (
    insert into saas_ledger (counter_key, entry, kind, quantity, events, at)
    select key, entries, case listed when 0 then 'use' else 'usage' end, quantity, events, $9 from moved
  ), state as materialized (
    select array_agg(entries order by place) as entries, array_agg(used order by place) as used, count(*) as balances
    from moved
  ), counted as (
    insert into saas_events (key, counter_key, entry, quantity, occurred_at, metadata)
    select ${nth("$11", "place")}, ${nth("$1", "sum")}, (select entries from state)[sum] * coalesce(sign, 1), coalesce(quantity, 1), occurred_at, metadata
    from unnest(${["$12::integer[]", "$13::integer[]", "$14::bigint[]", "$15::timestamptz[]", "$16::jsonb[]"].map(unseen)})
      with ordinality as event (sum, sign, quantity, occurred_at, metadata, place)
    where (select balances from state) = $10
    order by 1
  )
  select array_to_string(used, ','), 1 / (balances in (0, $10))::integer from state`,
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
  const counted = listedOf(parts);
  const events = counted.map(({ event }) => event);
  const { rows } = await client.query<[used: string | null]>({
    ...countStatement,
    values: [
      Buffer.concat(sums.map(({ scope }) => scope.counterKey)),
      numbers(sums.map(({ scope }) => scope.terms.version)),
      unless(
        1,
        sums.map(({ quantity }) => quantity),
      ),
      unless(
        1,
        sums.map((sum) => sum.events),
      ),
      unless(
        0,
        sums.map(({ least }) => least),
      ),
      numbers(sums.map(({ most, quantity }) => most - quantity)),
      unless(
        0,
        sums.map(({ listed }) => Number(listed)),
      ),
      new Date(hour),
      at,
      sums.length,
      Buffer.concat(events.map(({ key }) => key)),
      numbers(counted.map(({ sum }) => sum.place)),
      unless(
        1,
        events.map(({ counts }) => (counts ? 1 : -1)),
      ),
      unless(
        1,
        events.map(({ quantity }) => quantity),
      ),
      events.some(({ occurredAt }) => occurredAt !== null) ? events.map(({ occurredAt }) => occurredAt) : null,
      events.some(({ metadata }) => metadata !== null) ? events.map(({ metadata }) => metadata) : null,
    ],
  });
  return rows[0]?.[0]?.split(",").map(Number) ?? null;
}

/** The parts that have rows of their own. */
export function listedOf(parts: readonly Part[]): readonly Part[] {
  return parts.filter(({ sum, repeated }) => sum.listed && !repeated);
}

/** An array, or null where each of its values is the usual one. */
function unless(usual: number, values: readonly number[]): string | null {
  return values.every((value) => value === usual) ? null : numbers(values);
}
