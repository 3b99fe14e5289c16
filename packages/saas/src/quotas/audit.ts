/** Recomputes what stands beside the balances: what is left of credits, and the sums of hours, days and of what credits paid for. */
import type { Handle } from "@revops/database";
import { type SQL, sql } from "drizzle-orm";
import type { Difference } from "../ledger/difference.ts";

/** Reads everything, of one subject or of all. */
export async function quotaDifferences(handle: Handle, subjectId: string | undefined): Promise<Difference[]> {
  const only = (column: SQL) => (subjectId === undefined ? sql`` : sql`where ${column} = ${subjectId}`);
  const credits = await handle.rows<Row>(sql`
    select * from (
      select subject_id, account as feature, null as start, remaining as counted, coalesce(entered, 0) as entered,
        coalesce(entered, 0) as happened, entries - coalesce(entries_found, 0) as missing
      from saas_grants
      left join (
        select grant_key, sum(quantity) as entered, count(*) as entries_found from saas_grant_entries group by grant_key
      ) as entry on entry.grant_key = saas_grants.key
      ${only(sql`subject_id`)}
    ) as audit ${wrong}`);
  // What credits paid for is booked twice: as a tally of the balance, and in the ledgers of the grants that paid.
  const tallies = await handle.rows<Row>(sql`
    select * from (
      select t.subject_id as subject_id, c.feature as feature, c.period_start as start, t.amount as counted,
        coalesce(entered, 0) as entered, t.entries - coalesce(entries_found, 0) as missing,
        case when t.kind = 'credited' then coalesce(paid, 0) else coalesce(entered, 0) end as happened
      from saas_tallies as t
      left join saas_counters as c on c.key = t.counter_key
      left join (
        select tally_key, sum(quantity) as entered, count(*) as entries_found from saas_tally_entries group by tally_key
      ) as entry on entry.tally_key = t.key
      left join (
        select counter_key, sum(units) as paid from saas_grant_entries where counter_key is not null group by counter_key
      ) as draw on draw.counter_key = t.counter_key
      ${only(sql`t.subject_id`)}
    ) as audit ${wrong}`);
  return [...credits.map((row) => differenceOf("credit", row)), ...tallies.map((row) => differenceOf("tally", row))];
}

const wrong = sql`where counted <> entered or entered <> happened or missing <> 0`;

/** As either driver gives it: big integers as text, times as dates or milliseconds. */
interface Row {
  readonly subject_id: string;
  readonly feature: string | null;
  readonly start: Date | number | null;
  readonly counted: string | number;
  readonly entered: string | number;
  readonly happened: string | number;
  readonly missing: string | number;
}

function differenceOf(of: Difference["of"], row: Row): Difference {
  const start = row.start === null ? null : new Date(row.start);
  return {
    of,
    subjectId: row.subject_id,
    feature: row.feature,
    // Standing counts are kept under 1970.
    periodStart: start?.getTime() === 0 ? null : start,
    counted: Number(row.counted),
    ledger: Number(row.entered),
    events: Number(row.happened),
    missingEntries: Number(row.missing),
  };
}
