/** Recomputes what stands beside the balances: what is left of credits, and the sums of hours, days and of what credits paid for. */
import type { Handle } from "@revops/database";
import { type SQL, sql } from "drizzle-orm";
import type { Difference } from "../ledger/difference.ts";
import type { TallyKind } from "./tally.ts";

/** Reads everything, of one subject or of all. */
export async function quotaDifferences(handle: Handle, subjectId: string | undefined): Promise<Difference[]> {
  return [...(await creditDifferences(handle, subjectId)), ...(await tallyDifferences(handle, subjectId))];
}

const only = (column: SQL, subjectId: string | undefined) =>
  subjectId === undefined ? sql`` : sql`where ${column} = ${subjectId}`;

async function creditDifferences(handle: Handle, subjectId: string | undefined): Promise<Difference[]> {
  const rows = await handle.rows<Row & { id: string; account: string }>(sql`
    select * from (
      select subject_id, id, account, remaining as counted, coalesce(entered, 0) as entered,
        entries - coalesce(entries_found, 0) as missing
      from saas_grants
      left join (
        select grant_key, sum(quantity) as entered, count(*) as entries_found from saas_grant_entries group by grant_key
      ) as entry on entry.grant_key = saas_grants.key
      ${only(sql`subject_id`, subjectId)}
    ) as audit where counted <> entered or missing <> 0`);
  return rows.map((row) => ({
    kind: "credit",
    subjectId: row.subject_id,
    feature: row.account.startsWith("feature:") ? row.account.slice("feature:".length) : null,
    periodStart: null,
    creditId: row.id,
    ...sumsOf(row),
  }));
}

/** What credits paid for is booked twice: as a tally of the balance, and in the ledgers of the grants that paid. */
async function tallyDifferences(handle: Handle, subjectId: string | undefined): Promise<Difference[]> {
  interface TallyRow extends Row {
    readonly kind: TallyKind;
    readonly feature: string | null;
    readonly start: Date | number | null;
    readonly paid: string | number;
  }
  const rows = await handle.rows<TallyRow>(sql`
    select * from (
      select t.subject_id as subject_id, t.kind as kind, c.feature as feature, c.period_start as start, t.amount as counted,
        coalesce(entered, 0) as entered, t.entries - coalesce(entries_found, 0) as missing,
        case when t.kind = 'credited' then coalesce(paid, 0) else t.amount end as paid
      from saas_tallies as t
      left join saas_counters as c on c.key = t.counter_key
      left join (
        select tally_key, sum(quantity) as entered, count(*) as entries_found from saas_tally_entries group by tally_key
      ) as entry on entry.tally_key = t.key
      left join (
        select counter_key, sum(units) as paid from saas_grant_entries where counter_key is not null group by counter_key
      ) as draw on draw.counter_key = t.counter_key
      ${only(sql`t.subject_id`, subjectId)}
    ) as audit where counted <> entered or counted <> paid or missing <> 0`);
  return rows.map((row) => {
    const start = row.start === null ? null : new Date(row.start);
    return {
      kind: "tally",
      of: row.kind,
      subjectId: row.subject_id,
      feature: row.feature,
      // Standing counts are kept under 1970.
      periodStart: start?.getTime() === 0 ? null : start,
      ...sumsOf(row),
      paid: Number(row.paid),
    };
  });
}

/** As either driver gives it: big integers as text. */
interface Row {
  readonly subject_id: string;
  readonly counted: string | number;
  readonly entered: string | number;
  readonly missing: string | number;
}

function sumsOf({ counted, entered, missing }: Row) {
  return { counted: Number(counted), ledger: Number(entered), missingEntries: Number(missing) };
}
