/** What is kept beside balances on PostgreSQL: the rows of the history, and the totals of groups. */
import type { PostgresClient } from "@revops/database";
import type { Balance, Candidate, GroupTotal } from "./batch.ts";
import type { BucketGain } from "./buckets.ts";
import { keysOf, nth } from "./postgres-arrays.ts";
import { groupId } from "./tally.ts";

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
