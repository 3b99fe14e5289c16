/**
 * Milliseconds of a search of 20 with its facets, and how many of its first ten a ranking of every match would give.
 *
 *   node --conditions=source bench/search.ts [--listings 100000,1000000] [--rounds 200] [--database sqlite|postgres]
 *     [--directory .] [--keep]
 *
 * With --keep, what was filled stays and is used again: in the directory, and on the PostgreSQL of DATABASE_URL.
 * DATABASE_URL names a PostgreSQL to use; without it one is started.
 */
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Database, migrate } from "@revops/database";
import { createMarketplace, fileArtifactStore, type Marketplace, marketplaceMigrations } from "@revops/marketplace";
import { startPostgres } from "@revops/testing";
import { sql } from "drizzle-orm";
import { wordAt } from "./search/catalogue.ts";
import { bestOfAll } from "./search/full-ranking.ts";
import { load, open } from "./search/load.ts";

const { values } = parseArgs({
  options: {
    listings: { type: "string", default: "100000,1000000" },
    rounds: { type: "string", default: "200" },
    directory: { type: "string", default: tmpdir() },
    database: { type: "string" },
    keep: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);

/** "middling" with one letter too many or another one, each time otherwise. */
function newMisspelling(round: number): string {
  const word = "middling";
  const [at, letter] = [1 + (round % 7), "bcfhjkpqrstvwxyz".charAt(Math.floor(round / 7) % 16)];
  return word.slice(0, at) + letter + word.slice(round < 7 * 16 ? at : at + 1);
}

const queries: readonly (readonly [name: string, query: string | ((round: number) => string)])[] = [
  ["common word", "common"],
  ["middling word", "middling"],
  ["rare word", "rareword"],
  ["two words", `common ${wordAt(3)}`],
  ["prefix", wordAt(5).slice(0, 3)],
  ["misspelling", "midlding"],
  ["misspelling, new", newMisspelling],
  ["common word, filtered", "common"],
  ["no word", ""],
];

async function measure(title: string, database: Database): Promise<void> {
  const artifacts = fileArtifactStore({ directory: values.directory });
  const charge = () => Promise.reject(new Error("Nothing is for sale here."));
  const secret = "the secret of the bench, of 32 bytes and more";
  const marketplace = createMarketplace({ database, artifacts, charge, secret });
  for (const [name, query] of queries) {
    const filter = name.endsWith("filtered") ? { category: "category 3", kind: "template" as const } : {};
    const times = await timesOf(marketplace, (round) => ({
      query: typeof query === "string" ? query : query(round),
      ...filter,
    }));
    const quality =
      typeof query !== "string" || query === "" || name === "misspelling" || name.endsWith("filtered")
        ? ""
        : await qualityOf(marketplace, database, query);
    const [least, p50, p99] = [0, 0.5, 0.99].map((share) => quantile(times, share).toFixed(2).padStart(7));
    console.log(`${title}  ${name.padEnd(22)} least ${least} ms  p50 ${p50} ms  p99 ${p99} ms  ${quality}`);
  }
}

async function timesOf({ listings }: Marketplace, requestOf: (round: number) => object): Promise<number[]> {
  const times: number[] = [];
  for (let round = -20; round < rounds; round++) {
    const request = { ...requestOf(round + 20), limit: 20 };
    const started = performance.now();
    await listings.search(request);
    if (round >= 0) times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b);
}

const quantile = (sorted: readonly number[], share: number) =>
  sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;

/** The first ten beside those of a ranking of all matches. */
async function qualityOf({ listings }: Marketplace, database: Database, query: string): Promise<string> {
  const started = performance.now();
  const { best, matches } = await bestOfAll(database, query.split(" "));
  const took = performance.now() - started;
  const { data } = await listings.search({ query, limit: 10 });
  const found = data.filter(({ id }) => best.includes(id)).length;
  return `${found} of the best ${best.length} of ${matches} (ranking all: ${Math.round(took)} ms)`;
}

/** A database with so many listings, filled unless it is there. */
async function filled(url: string, count: number): Promise<Database> {
  const database = open(url);
  await migrate(database, [marketplaceMigrations]);
  const [there] = await database.rows<{ n: unknown }>(sql`select count(*) as n from marketplace_search_entries`);
  if (Number(there?.n) === count) return database;
  const started = performance.now();
  await load(database, count);
  console.log(`${count} listings loaded in ${Math.round((performance.now() - started) / 1_000)} s`);
  return database;
}

async function measureSqlite(count: number): Promise<void> {
  const file = join(values.directory, `revops-bench-search-${count}.db`);
  const database = await filled(`file:${file}`, count);
  await measure(`SQLite     ${String(count).padStart(9)}`, database);
  await database.close();
  if (!values.keep) for (const end of ["", "-wal", "-shm"]) await rm(file + end, { force: true });
}

async function measurePostgres(count: number, adminUrl: string): Promise<void> {
  const name = `revops_bench_search_${count}`;
  const url = new URL(adminUrl);
  url.pathname = name;
  const admin = open(adminUrl);
  const [there] = await admin.rows(sql`select 1 from pg_database where datname = ${name}`);
  if (!there) await admin.rows(sql.raw(`create database ${name}`));
  const database = await filled(url.href, count);
  await measure(`PostgreSQL ${String(count).padStart(9)}`, database);
  await database.close();
  if (!values.keep) await admin.rows(sql.raw(`drop database ${name}`));
  await admin.close();
}

console.log(`median of ${rounds} searches of 20 with facets, one after the other; Node ${process.version}`);
const server =
  values.database !== "sqlite" && process.env["DATABASE_URL"] === undefined ? await startPostgres() : undefined;
try {
  const adminUrl = process.env["DATABASE_URL"] ?? server?.adminUrl ?? "";
  for (const count of values.listings.split(",").map(Number)) {
    if (values.database !== "postgres") await measureSqlite(count);
    if (values.database !== "sqlite") await measurePostgres(count, adminUrl);
  }
} finally {
  await server?.stop();
}
