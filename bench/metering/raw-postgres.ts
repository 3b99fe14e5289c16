/** PostgreSQL's own limit: prepared statements over `unnest`, the same rows, the same group sizes, nothing decided. */
import pg from "pg";
import { groups, perCounter, periodStart, type RawEvent, subjectOf, type Workload } from "./workload.ts";

export async function openRawPostgres(url: string, workload: Workload, counterKeys: ReadonlyMap<string, Buffer>) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const subjects = Array.from({ length: workload.subjects }, (_, n) => subjectOf(workload, n));
  await client.query(
    `insert into saas_counters (key, subject_id, feature, period_start, used, entries) select key, subject, 'api_call', $3, 0, 0 from unnest($1::bytea[], $2::text[]) as u (key, subject)`,
    [subjects.map((subject) => counterKeys.get(subject)), subjects, periodStart],
  );

  return {
    async run(events: readonly RawEvent[]): Promise<void> {
      for (const group of groups(events)) {
        const counts = [...perCounter(group)];
        await client.query({ name: "begin", text: "begin" });
        await client.query({
          name: "post",
          text: `
            with added as (
              update saas_counters set used = used + u.count, entries = entries + 1
              from unnest($1::bytea[], $2::bigint[]) as u (key, count) where saas_counters.key = u.key
              returning saas_counters.key, entries, u.count
            )
            insert into saas_ledger (counter_key, entry, kind, quantity, events, at)
            select key, entries, 'usage', count, count, $3 from added`,
          values: [counts.map(([key]) => key), counts.map(([, count]) => count), periodStart],
        });
        await client.query({
          name: "events",
          text: `
            insert into saas_events (key, counter_key, entry, quantity)
            select key, counter_key, 1, 1 from unnest($1::bytea[], $2::bytea[]) as u (key, counter_key)`,
          values: [group.map(({ key }) => key), group.map(({ counterKey }) => counterKey)],
        });
        await client.query({ name: "commit", text: "commit" });
      }
    },
    close: () => client.end(),
  };
}
