/** Whether the figures stay what they are: an empty database with 1,000 subjects, beside a full one, in turns. */
import { type Database, openDatabase } from "@revops/database";
import { createSaas, type Saas, standardPlans } from "@revops/saas";
import { sql } from "drizzle-orm";
import { consumers } from "./consume.ts";
import { type Measured, measureCalls, medianOf, percentOf, show } from "./latency.ts";
import type { Place } from "./place.ts";
import { openSubjects, recordAll, subjectsOf } from "./record.ts";
import { subjectOf, type Workload } from "./workload.ts";

const active = 1_000;

export interface Scale {
  readonly events: number;
  readonly subjects: number;
}

export interface Scaled {
  readonly empty: string;
  readonly full: string;
}

/** Two databases with the same active subjects; the full one has so many others, whose events it keeps. */
export async function fillScaled(place: Place, scale: Scale): Promise<Scaled> {
  const scaled = { empty: await place.open(), full: await place.open() };
  for (const url of [scaled.empty, scaled.full]) {
    const opened = await openSubjects(url, subjectsOf({ subjects: active, events: 0 }));
    await opened.close();
  }
  const database = openDatabase({ url: scaled.full });
  await (place.dialect === "sqlite" ? prepareSqlite(database) : preparePostgres(database));
  await fillSubjects(database, scale);
  const before = await bytesOf(database);
  await fillEvents(database, scale);
  const bytes = ((await bytesOf(database)) - before) / scale.events;
  if (place.dialect === "postgres") await database.rows(sql`checkpoint`);
  await database.rows(sql`analyze`);
  await database.close();
  console.log(
    `${scale.events.toLocaleString("en-US")} events stored: ${bytes.toFixed(0)} bytes each, with their index`,
  );
  return scaled;
}

/** Measured on both in turns: each round one after the other. */
export async function compareScaled({ empty, full }: Scaled, events: number, rounds: number): Promise<void> {
  const places = [empty, full].map((url) => {
    const database = openDatabase({ url });
    return { database, saas: createSaas({ database, plans: standardPlans }) };
  });
  const spread: Workload = { subjects: active, events };
  const hot: Workload = { subjects: 1, events };
  const run = `run${Date.now()}`;
  const figures: [string, (saas: Saas, round: number) => Promise<Measured>][] = [
    ["record, one hot subject", (saas, round) => recordAll(saas, hot, `${run}-hot-${round}`)],
    ["record, 1,000 subjects", (saas, round) => recordAll(saas, spread, `${run}-${round}`)],
    ["consume, one hot subject", (saas) => consumeAll(saas, hot)],
    ["consume, 1,000 subjects", (saas) => consumeAll(saas, spread)],
  ];
  for (const [title, measure] of figures) {
    const runs: Measured[][] = [[], []];
    for (let round = 0; round <= rounds; round++) {
      for (const [n, { saas }] of places.entries()) {
        const measured = await measure(saas, round);
        if (round > 0) runs[n]?.push(measured);
      }
    }
    const [small, large] = runs.map(medianOf);
    if (small === undefined || large === undefined) continue;
    show(`${title}: empty`, small);
    show(`${title}: full`, large, `: ${percentOf(large.perSecond, small.perSecond)} of empty`);
  }
  for (const { database } of places) await database.close();
}

function consumeAll(saas: Saas, workload: Workload): Promise<Measured> {
  return measureCalls(consumers, workload.events, (n) =>
    saas.quotas.consume({ subjectId: subjectOf(workload, n), feature: "api_call" }),
  );
}

/** As long as it is being filled: memory for the index, which is written in random order, and nothing kept for a crash. */
async function prepareSqlite(database: Database): Promise<void> {
  await database.transaction(async ({ connection }) => {
    if (connection.dialect === "sqlite") connection.sqlite.pragma("cache_size = -4000000");
  });
}

async function preparePostgres(database: Database): Promise<void> {
  await database.rows(sql`alter system set max_wal_size = '16GB'`);
  await database.rows(sql`select pg_reload_conf()`);
}

function numbers(database: Database, count: number) {
  return database.dialect === "sqlite"
    ? sql`(with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < ${count}) select n from numbers) as numbers`
    : sql`generate_series(1, ${sql.raw(String(count))}) as numbers(n)`;
}

/** Subjects with a balance each, of one ledger entry. */
async function fillSubjects(database: Database, { subjects, events }: Scale): Promise<void> {
  const each = Math.floor(events / subjects);
  const all = numbers(database, subjects);
  const [key, epoch] =
    database.dialect === "sqlite"
      ? [sql`randomblob(16)`, sql`0`]
      : [sql`decode(md5(n::text), 'hex')`, sql`to_timestamp(0)`];
  await database.transaction(async (tx) => {
    await tx.rows(sql`
      insert into saas_entitlements
        (subject_id, version, tier, status, "interval", anchor, usage_since, since, plan_version, agreement, due_at)
      select 'filled_' || n, version, tier, status, "interval", anchor, usage_since, since, plan_version, agreement, due_at
      from saas_entitlements, ${all} where subject_id = 'usr_0'`);
    await tx.rows(sql`
      insert into saas_counters (key, subject_id, feature, period_start, used, entries)
      select ${key}, 'filled_' || n, 'api_call', ${epoch}, ${sql.raw(String(each))}, 1 from ${all}`);
    await tx.rows(sql`
      insert into saas_ledger (counter_key, entry, kind, quantity, events, at)
      select key, 1, 'usage', ${sql.raw(String(each))}, ${sql.raw(String(each))}, ${epoch} from saas_counters
      where subject_id like 'filled%'`);
  });
}

/** One event of each subject after the other, so that keys come at random places of the index, as they do in use. */
async function fillEvents(database: Database, { subjects, events }: Scale): Promise<void> {
  const key =
    database.dialect === "sqlite"
      ? sql`cast(substr(key, 1, 6) || randomblob(10) as blob)`
      : sql`substring(key from 1 for 6) || substring(decode(md5(random()::text), 'hex') from 1 for 10)`;
  for (let n = 0; n < Math.floor(events / subjects); n++) {
    await database.transaction(async (tx) => {
      await tx.rows(sql`
        insert into saas_events (key, counter_key, entry, quantity)
        select ${key}, key, 1, 1 from saas_counters where subject_id like 'filled%'`);
    });
  }
}

async function bytesOf(database: Database): Promise<number> {
  const [row] = await database.rows<{ bytes: number | string }>(
    database.dialect === "sqlite"
      ? sql`select page_count * page_size as bytes from pragma_page_count(), pragma_page_size()`
      : sql`select pg_total_relation_size('saas_events') as bytes`,
  );
  return Number(row?.bytes);
}
