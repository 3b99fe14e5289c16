/** Events on PostgreSQL: which of them were counted before, and their insertion. */
import type { PostgresClient } from "@revops/database";
import type { Balance, Candidate } from "./batch.ts";
import { keysOf, nth, numbers } from "./postgres-arrays.ts";

const findStatement = {
  name: "saas_find_events",
  text: "select key from saas_events where key = any($1::bytea[])",
};

/** The keys, as text, of the events that were counted before. */
export async function findKnown(client: PostgresClient, candidates: readonly Candidate[]): Promise<Set<string>> {
  const keys = candidates.map(({ event }) => event.key());
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
      Buffer.concat(events.map(({ key }) => key())),
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
