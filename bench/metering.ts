/**
 * Events per second through `record`, beside the limit of the database it runs on: prepared statements that insert the
 * same rows and update the same counters in the same group sizes, durable (`synchronous=FULL`; `fsync` and
 * `synchronous_commit` on). Both are run in turns on the same machine, and the medians are compared.
 *
 *   node --conditions=source bench/metering.ts [--events 50000] [--rounds 5] [--directory .] [--database sqlite|postgres]
 *
 * DATABASE_URL names a PostgreSQL to use; without it one is started.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { migrate, openDatabase } from "@revops/database";
import { createSaas, saasMigrations, standardPlans } from "@revops/saas";
import { createTestDatabase, startPostgres } from "@revops/testing";
import { openRawPostgres } from "./metering/raw-postgres.ts";
import { openRawSqlite } from "./metering/raw-sqlite.ts";
import { callers, rawEvents, subjectOf, type Workload } from "./metering/workload.ts";

const { values } = parseArgs({
  options: {
    events: { type: "string", default: "50000" },
    rounds: { type: "string", default: "5" },
    directory: { type: "string", default: tmpdir() },
    database: { type: "string" },
  },
});
const rounds = Number(values.rounds);

type Run = (round: number) => Promise<void>;

async function eventsPerSecond(events: number, work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return events / ((performance.now() - started) / 1_000);
}

async function compare(title: string, workload: Workload, ours: Run, raw: Run): Promise<void> {
  const speeds = { ours: [] as number[], raw: [] as number[] };
  // Round 0 warms up.
  for (let round = 0; round <= rounds; round++) {
    const raws = await eventsPerSecond(workload.events, () => raw(round));
    const own = await eventsPerSecond(workload.events, () => ours(round));
    if (round === 0) continue;
    speeds.raw.push(raws);
    speeds.ours.push(own);
  }
  const [own, limit] = [median(speeds.ours), median(speeds.raw)];
  const percent = Math.round((own / limit) * 100);
  console.log(`${title.padEnd(32)} ${thousands(own)} events/s of ${thousands(limit)} raw: ${percent} %`);
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

function thousands(value: number): string {
  return Math.round(value).toLocaleString("en-US").padStart(9);
}

/** Records the workload from concurrent callers, each waiting for its answer before its next event. */
async function openOurs(url: string, workload: Workload) {
  const database = openDatabase({ url });
  await migrate(database, [saasMigrations]);
  const saas = createSaas({ database, plans: standardPlans });
  for (let n = 0; n < workload.subjects; n++) {
    await saas.entitlements.assign({ subjectId: subjectOf(workload, n), tier: "enterprise", status: "active" });
  }
  return {
    async run(round: number): Promise<void> {
      const numbers = Array.from({ length: workload.events }, (_, n) => n).values();
      await Promise.all(
        Array.from({ length: callers }, async () => {
          for (const n of numbers) {
            const subjectId = subjectOf(workload, n);
            await saas.meters.record({ subjectId, id: `${round}-${n}`, feature: "api_call" });
          }
        }),
      );
    },
    async close(): Promise<void> {
      const differences = await saas.ledger.verify();
      if (differences.length > 0) throw new Error(`${differences.length} balances are not what their ledger says`);
      await database.close();
    },
  };
}

async function prepareSchema(url: string): Promise<void> {
  const database = openDatabase({ url });
  await migrate(database, [saasMigrations]);
  await database.close();
}

async function measure(
  title: string,
  workload: Workload,
  urls: { ours: string; raw: string },
  openRaw: (
    url: string,
    keys: ReadonlyMap<string, Buffer>,
  ) => Promise<{ run: (events: ReturnType<typeof rawEvents>) => Promise<void>; close(): Promise<void> }>,
): Promise<void> {
  await prepareSchema(urls.raw);
  const runs = Array.from({ length: rounds + 1 }, (_, round) => rawEvents(workload, String(round)));
  const keys = new Map(runs[0]?.map(({ counterKey }, n) => [subjectOf(workload, n), counterKey]));
  const raw = await openRaw(urls.raw, keys);
  const ours = await openOurs(urls.ours, workload);
  try {
    await compare(title, workload, ours.run, (round) => raw.run(runs[round] ?? []));
    await ours.close();
  } finally {
    await raw.close();
  }
}

const workloads = [
  ["one hot subject", { subjects: 1, events: Number(values.events) }],
  ["1,000 subjects", { subjects: 1_000, events: Number(values.events) }],
] as const;

console.log(`${callers} callers, ${values.events} events a round, median of ${rounds} rounds; Node ${process.version}`);
if (values.database !== "postgres") await onSqlite();
if (values.database !== "sqlite") await onPostgres();

async function onSqlite(): Promise<void> {
  for (const [title, workload] of workloads) {
    const folder = await mkdtemp(join(values.directory, "revops-bench-"));
    const urls = { ours: `file:${join(folder, "ours.db")}`, raw: `file:${join(folder, "raw.db")}` };
    await measure(`SQLite, ${title}`, workload, urls, async (_url, keys) =>
      openRawSqlite(join(folder, "raw.db"), workload, keys),
    );
    await rm(folder, { recursive: true });
  }
}

async function onPostgres(): Promise<void> {
  const server =
    process.env["DATABASE_URL"] === undefined
      ? await startPostgres({ durable: true, directory: values.directory })
      : undefined;
  const adminUrl = process.env["DATABASE_URL"] ?? server?.adminUrl ?? "";
  try {
    for (const [title, workload] of workloads) {
      const [ours, raw] = await Promise.all([0, 1].map(() => createTestDatabase({ dialect: "postgres", adminUrl })));
      if (!ours || !raw) throw new Error("no database");
      const urls = { ours: ours.url, raw: raw.url };
      await measure(`PostgreSQL, ${title}`, workload, urls, (url, keys) => openRawPostgres(url, workload, keys));
      await Promise.all([ours.remove(), raw.remove()]);
    }
  } finally {
    await server?.stop();
  }
}
