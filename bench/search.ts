/**
 * Milliseconds of a search of 20 with its facets, and how many of its first ten a ranking of every match would give.
 *
 *   node --conditions=source bench/search.ts [--listings 100000,1000000] [--rounds 200] [--database sqlite|postgres] [--directory .]
 *
 * DATABASE_URL names a PostgreSQL to use; without it one is started.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Database, migrate } from "@revops/database";
import { createMarketplace, fileArtifactStore, type Marketplace, marketplaceMigrations } from "@revops/marketplace";
import { createTestDatabase, startPostgres } from "@revops/testing";
import { compareRanks, rankOf } from "../packages/marketplace/src/search/ranking.ts";
import { selectNamedCandidates, selectPopularCandidates } from "../packages/marketplace/src/search/store.ts";
import { createCatalogue, wordAt } from "./search/catalogue.ts";
import { load, open } from "./search/load.ts";

const { values } = parseArgs({
  options: {
    listings: { type: "string", default: "100000,1000000" },
    rounds: { type: "string", default: "200" },
    directory: { type: "string", default: tmpdir() },
    database: { type: "string" },
  },
});
const rounds = Number(values.rounds);

const queries = [
  ["common word", "common"],
  ["middling word", "middling"],
  ["rare word", "rareword"],
  ["two words", `common ${wordAt(3)}`],
  ["prefix", wordAt(5).slice(0, 3)],
  ["misspelling", "midlding"],
  ["common word, filtered", "common"],
  ["no word", ""],
] as const;

async function measure(title: string, database: Database): Promise<void> {
  const artifacts = fileArtifactStore({ directory: values.directory });
  const charge = () => Promise.reject(new Error("Nothing is for sale here."));
  const secret = "the secret of the bench, of 32 bytes and more";
  const marketplace = createMarketplace({ database, artifacts, charge, secret });
  for (const [name, query] of queries) {
    const filter = name.endsWith("filtered") ? { category: "category 3", kind: "template" as const } : {};
    const times = await timesOf(marketplace, { query, ...filter });
    const quality =
      query === "" || name === "misspelling" || name.endsWith("filtered")
        ? ""
        : await qualityOf(marketplace, database, query);
    const [p50, p99] = [quantile(times, 0.5), quantile(times, 0.99)].map((time) => time.toFixed(2).padStart(7));
    console.log(`${title}  ${name.padEnd(22)} p50 ${p50} ms  p99 ${p99} ms  ${quality}`);
  }
}

async function timesOf({ listings }: Marketplace, request: object): Promise<number[]> {
  const times: number[] = [];
  for (let round = -20; round < rounds; round++) {
    const started = performance.now();
    await listings.search({ ...request, limit: 20 });
    if (round >= 0) times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b);
}

const quantile = (sorted: readonly number[], share: number) =>
  sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;

/** The first ten beside those of a ranking of all matches. */
async function qualityOf({ listings }: Marketplace, database: Database, query: string): Promise<string> {
  const words = query.split(" ");
  const all = { words, filters: [], limit: 10_000_000 };
  const started = performance.now();
  const candidates = [
    ...(await selectNamedCandidates(database, all)),
    ...(await selectPopularCandidates(database, all)),
  ];
  const distinct = [...new Map(candidates.map((each) => [each.id, each])).values()];
  const ranks = distinct.map((each) => rankOf(each, words)).sort(compareRanks);
  const took = performance.now() - started;
  const best = ranks.slice(0, 10);
  const { data } = await listings.search({ query, limit: 10 });
  const found = data.filter(({ id }) => best.some((rank) => rank.id === id)).length;
  return `${found} of the best ${best.length} of ${distinct.length} (ranking all: ${Math.round(took)} ms)`;
}

async function fill(url: string, count: number): Promise<Database> {
  const database = open(url);
  await migrate(database, [marketplaceMigrations]);
  const started = performance.now();
  await load(database, count, createCatalogue("catalogue"));
  console.log(`${count} listings loaded in ${Math.round((performance.now() - started) / 1_000)} s`);
  return database;
}

console.log(`median of ${rounds} searches of 20 with facets, one after the other; Node ${process.version}`);
for (const count of values.listings.split(",").map(Number)) {
  if (values.database !== "postgres") {
    const folder = await mkdtemp(join(values.directory, "revops-bench-"));
    const database = await fill(`file:${join(folder, "search.db")}`, count);
    await measure(`SQLite     ${String(count).padStart(9)}`, database);
    await database.close();
    await rm(folder, { recursive: true });
  }
  if (values.database !== "sqlite") {
    const server = process.env["DATABASE_URL"] === undefined ? await startPostgres() : undefined;
    const adminUrl = process.env["DATABASE_URL"] ?? server?.adminUrl ?? "";
    try {
      const { url, remove } = await createTestDatabase({ dialect: "postgres", adminUrl });
      const database = await fill(url, count);
      await measure(`PostgreSQL ${String(count).padStart(9)}`, database);
      await database.close();
      await remove();
    } finally {
      await server?.stop();
    }
  }
}
