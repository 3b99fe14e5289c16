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

// Balances are moved in the order of their keys, in which the sums are given: so whoever comes next waits here, on a row, and no
// two batches wait for each other. `any` of one key says the same as `=`, and leaves the planner nothing but to look for one after
// the other: of an `=` it makes a join in the order of the table while that is small. Whoever waited sees the row as it is by
// then, and the conditions are looked at once more. That the batch is all or nothing is seen at the end: a division by zero takes back
// a part. Locking all of them first would find that out before anything is written, and costs every batch a quarter. What an array says
// for each of its rows is null where it is the usual: that is neither sent nor read. One condition says nothing (`+ 0`), so that few
// rows are expected of it: of ten the planner reads all balances as long as there are a thousand.
const countText = (listed: boolean) => `
  with given as (
    select ${nth("$1", "place")} as key, version, coalesce(quantity, 1) as quantity, coalesce(events, 1) as events,
      coalesce(least, 0) as least, room, place ${listed ? ", coalesce(listed, 1) as listed" : ""}
    from unnest(${["$2::bigint[]", "$3::bigint[]", "$4::integer[]", "$5::bigint[]", "$6::bigint[]", ...(listed ? ["$10::integer[]"] : [])].map(unseen)})
      with ordinality as sum (version, quantity, events, least, room, ${listed ? "listed, " : ""}place)
  ), moved as (
    update saas_counters as balance set used = balance.used + given.quantity, entries = balance.entries + 1,
      hour_quantity = balance.hour_quantity + given.quantity
    from given
    where balance.key = any (array[given.key]) and balance.hour = $7 and balance.used between given.least and given.room
      and given.version = (select version from saas_entitlements as terms where terms.subject_id = balance.subject_id)
      and given.events = given.events + 0
    returning given.*, balance.used, balance.entries
  ), posted as (
    insert into saas_ledger (counter_key, entry, kind, quantity, events, at)
    select key, entries, ${listed ? "case listed when 0 then 'use' else 'usage' end" : "'use'"}, quantity, events, $8 from moved
  ) ${listed ? `, ${insertEvents}` : ""}
  select string_agg(used::text, ',' order by place), 1 / (count(*) in (0, $9))::integer from moved`;

// They carry the number of their balance's entry. The states come as an array: joining events with the balances that were moved would cost their
// product, since nothing tells the planner how many there are. An event that was counted before breaks the index's rule, and with
// it the whole statement: looking for each (`on conflict`) costs a third of its insertion.
const insertEvents = `
  state as materialized (
    select array_agg(entries order by place) as entries, count(*) as balances from moved
  ), counted as (
    insert into saas_events (key, counter_key, entry, quantity, occurred_at, metadata)
    select ${nth("$11", "place")}, ${nth("$1", "sum")}, (select entries from state)[sum] * coalesce(sign, 1), coalesce(quantity, 1), occurred_at, metadata
    from unnest(${["$12::integer[]", "$13::integer[]", "$14::bigint[]", "$15::timestamptz[]", "$16::jsonb[]"].map(unseen)})
      with ordinality as event (sum, sign, quantity, occurred_at, metadata, place)
    where (select balances from state) = $9
    order by 1
  )`;

/** A statement costs by its tables and parameters, whether or not there is anything for them: half of it for what has no events. */
const countUses = { name: "saas_count_uses", rowMode: "array" as const, text: countText(false) };
const countEvents = { name: "saas_count_alone", rowMode: "array" as const, text: countText(true) };

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
  const values = [
    Buffer.concat(sums.map(({ scope }) => scope.counterKey)),
    numbers(sums.map(({ scope }) => scope.terms.version)),
    unless(1, sums, ({ quantity }) => quantity),
    unless(1, sums, ({ events }) => events),
    unless(0, sums, ({ least }) => least),
    numbers(sums.map(({ most, quantity }) => most - quantity)),
    new Date(hour),
    at,
    sums.length,
  ];
  const counted = listedOf(parts);
  const query =
    counted.length === 0
      ? { ...countUses, values }
      : {
          ...countEvents,
          values: [...values, unless(1, sums, ({ listed }) => Number(listed)), ...eventValues(counted)],
        };
  try {
    const { rows } = await client.query<[used: string | null]>(query);
    return rows[0]?.[0]?.split(",").map(Number) ?? null;
  } catch (error) {
    if (isDivisionByZero(error)) return null;
    throw error;
  }
}

function eventValues(counted: readonly Part[]): unknown[] {
  const events = counted.map(({ event }) => event);
  return [
    Buffer.concat(events.map(({ key }) => key())),
    numbers(counted.map(({ sum }) => sum.place)),
    unless(1, events, ({ counts }) => (counts ? 1 : -1)),
    unless(1, events, ({ quantity }) => quantity),
    events.some(({ occurredAt }) => occurredAt !== null) ? events.map(({ occurredAt }) => occurredAt) : null,
    events.some(({ metadata }) => metadata !== null) ? events.map(({ metadata }) => metadata) : null,
  ];
}

/** Some of the balances were as expected and some were not. https://www.postgresql.org/docs/18/errcodes-appendix.html */
const isDivisionByZero = (error: unknown) => error instanceof Error && "code" in error && error.code === "22012";

/** The parts that have rows of their own. */
export function listedOf(parts: readonly Part[]): readonly Part[] {
  return parts.filter(({ sum, repeated }) => sum.listed && !repeated);
}

/** What each item has as an array, or null where all of them have the usual. */
function unless<Item>(usual: number, items: readonly Item[], figureOf: (item: Item) => number): string | null {
  const values = items.map(figureOf);
  return values.every((value) => value === usual) ? null : numbers(values);
}
