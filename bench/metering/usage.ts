/**
 * The rest of what metering does, each beside what it stands on: `consume` beside one UPDATE per call, `check` from memory,
 * batches through HTTP beside the same events through `record`, and how a table of millions of events changes the figures.
 *
 *   node --conditions=source bench/metering/usage.ts [--database sqlite|postgres] [--calls 20000] [--directory .]
 *        [--scale 1000000] [--subjects 1000]
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { migrate, openDatabase } from "@revops/database";
import { createSaas, saasMigrations, standardPlans } from "@revops/saas";
import { createTestDatabase, startPostgres } from "@revops/testing";
import Sqlite from "better-sqlite3";
import pg from "pg";

const { values } = parseArgs({
  options: {
    database: { type: "string", default: "sqlite" },
    calls: { type: "string", default: "20000" },
    directory: { type: "string", default: tmpdir() },
    scale: { type: "string", default: "0" },
    subjects: { type: "string", default: "1000" },
  },
});
const calls = Number(values.calls);
const callers = 64;

/** Calls per second from concurrent callers, and how long one takes. */
async function measure(title: string, total: number, work: (n: number) => Promise<unknown>): Promise<number> {
  const latencies = new Float64Array(total);
  const numbers = latencies.keys();
  const started = performance.now();
  await Promise.all(
    Array.from({ length: callers }, async () => {
      for (const n of numbers) {
        const asked = performance.now();
        await work(n);
        latencies[n] = performance.now() - asked;
      }
    }),
  );
  const speed = total / ((performance.now() - started) / 1_000);
  latencies.sort();
  const at = (share: number) => (latencies[Math.floor(total * share)] ?? 0).toFixed(2);
  const shown = Math.round(speed).toLocaleString("en-US").padStart(10);
  console.log(`${title.padEnd(46)} ${shown}/s   p50 ${at(0.5)} ms   p99 ${at(0.99)} ms`);
  return speed;
}

async function onDatabase(url: string, updateOne: (key: number) => Promise<unknown>): Promise<void> {
  const database = openDatabase({ url });
  await migrate(database, [saasMigrations]);
  const saas = createSaas({ database, plans: standardPlans });
  const subjects = Number(values.subjects);
  await database.transaction(async (tx) => {
    for (let n = 0; n < subjects; n++) {
      await saas.entitlements.assign({ subjectId: `usr_${n}`, tier: "enterprise", status: "active" }, tx);
    }
  });
  const consume = (n: number) => saas.quotas.consume({ subjectId: `usr_${n}`, feature: "api_call" });
  await measure("(warming up)", Math.min(calls, 5_000), (n) => consume(n % subjects));
  for (const [title, spread] of [
    ["one hot subject", 1],
    [`${subjects.toLocaleString("en-US")} subjects`, subjects],
  ] as const) {
    const one = await measure(`one UPDATE per call, ${title}`, Math.min(calls, 3_000), (n) => updateOne(n % spread));
    const ours = await measure(`consume, ${title}`, calls, (n) => consume(n % spread));
    console.log(`  ${(ours / one).toFixed(1)} × one UPDATE per call`);
  }
  const check = { subjectId: "usr_0", feature: "api_call", maxAgeMs: 60_000 } as const;
  await saas.quotas.check(check);
  await measure("check from memory", 1_000_000, () => saas.quotas.check(check));
  await measure("record, ids of their own", calls, (n) =>
    saas.meters.record({ subjectId: `usr_${n % subjects}`, id: `a-${n}`, feature: "api_call" }),
  );
  const differences = await saas.ledger.verify();
  if (differences.length > 0) throw new Error(`${differences.length} balances are not what their ledger says`);
  await database.close();
}

async function sqlite(): Promise<void> {
  const folder = await mkdtemp(join(values.directory, "revops-bench-"));
  const file = join(folder, "ours.db");
  const raw = new Sqlite(join(folder, "raw.db"));
  raw.pragma("journal_mode = WAL");
  raw.pragma("synchronous = FULL");
  raw.exec("create table counters (key integer primary key, used integer not null)");
  const insert = raw.prepare("insert into counters values (?, 0)");
  raw.transaction(() => {
    for (let n = 0; n < Number(values.subjects); n++) insert.run(n);
  })();
  const update = raw.prepare("update counters set used = used + 1 where key = ?");
  if (Number(values.scale) > 0) await fill(file, Number(values.scale));
  await onDatabase(`file:${file}`, async (key) => update.run(key));
  raw.close();
  await rm(folder, { recursive: true });
}

/** Stores events of the same shape as ours, past our code: what is measured then is the size of the table. */
async function fill(file: string, events: number): Promise<void> {
  const database = openDatabase({ url: `file:${file}` });
  await migrate(database, [saasMigrations]);
  await database.close();
  const raw = new Sqlite(file);
  const before = (await stat(file)).size;
  const perEntry = 250;
  const counter = raw.prepare(
    "insert into saas_counters (key, subject_id, feature, period_start, used, entries) values (?, ?, 'api_call', 0, ?, ?)",
  );
  const entry = raw.prepare(
    "insert into saas_ledger (counter_key, entry, kind, quantity, events, at) values (?, ?, 'usage', ?, ?, 0)",
  );
  const bucket = raw.prepare("insert into saas_buckets (counter_key, span, start, quantity) values (?, ?, 0, ?)");
  const event = raw.prepare("insert into saas_events (key, counter_key, entry, quantity) values (?, ?, ?, 1)");
  const subjects = 1_000;
  const each = Math.floor(events / subjects);
  for (let subject = 0; subject < subjects; subject++) {
    raw.transaction(() => {
      const counterKey = randomBytes(16);
      const prefix = randomBytes(6);
      const entries = Math.ceil(each / perEntry);
      counter.run(counterKey, `filled_${subject}`, each, entries);
      for (const span of [3_600, 86_400]) bucket.run(counterKey, span, each);
      for (let n = 0; n < each; n++) {
        if (n % perEntry === 0) {
          const count = Math.min(perEntry, each - n);
          entry.run(counterKey, n / perEntry + 1, count, count);
        }
        event.run(Buffer.concat([prefix, randomBytes(10)]), counterKey, Math.floor(n / perEntry) + 1);
      }
    })();
  }
  raw.pragma("wal_checkpoint(truncate)");
  raw.close();
  const bytes = ((await stat(file)).size - before) / events;
  console.log(
    `${events.toLocaleString("en-US")} events stored beforehand, ${bytes.toFixed(0)} bytes each with their entries`,
  );
}

async function postgres(): Promise<void> {
  const server = await startPostgres();
  const admin = new pg.Client({ connectionString: server.adminUrl });
  await admin.connect();
  // The server for tests runs without fsync; a figure without it would say nothing.
  await admin.query("alter system set fsync = on");
  await admin.query("select pg_reload_conf()");
  const ours = await createTestDatabase({ dialect: "postgres", adminUrl: server.adminUrl });
  const raw = new pg.Pool({ connectionString: ours.url, max: callers });
  await raw.query("create table raw_counters (key integer primary key, used bigint not null)");
  await raw.query("insert into raw_counters select n, 0 from generate_series(0, $1::integer - 1) as n", [
    values.subjects,
  ]);
  await onDatabase(ours.url, (key) =>
    raw.query({ name: "one", text: "update raw_counters set used = used + 1 where key = $1", values: [key] }),
  );
  await raw.end();
  await admin.end();
  await ours.remove();
  await server.stop();
}

console.log(`${callers} callers, ${calls} calls; Node ${process.version}, ${values.database}`);
if (values.database === "postgres") await postgres();
else await sqlite();
