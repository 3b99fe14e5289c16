/** Fills a migrated database with listings in large statements: publishing them one by one would take hours. */
import { type Database, openDatabase, type Tx } from "@revops/database";
import type { Listing } from "@revops/marketplace";
import { sql } from "drizzle-orm";
import { documentOf } from "../../packages/marketplace/src/search/document.ts";
import { entryOf } from "../../packages/marketplace/src/search/entry.ts";
import { drawPosition } from "../../packages/marketplace/src/search/popularity.ts";
import { searchIndexes } from "../../packages/marketplace/src/search/search-index.ts";
import { spellings } from "../../packages/marketplace/src/search/spelling.ts";
import { tierStarts } from "../../packages/marketplace/src/search/tiers.ts";
import { createCatalogue } from "./catalogue.ts";

const batch = 5_000;
const sampleSize = 20_000;

export async function load(database: Database, count: number): Promise<void> {
  const listingAt = createCatalogue("catalogue");
  const tiers = await insertTiers(database, count);
  // An index over what is there is made sooner than one that is there.
  if (database.dialect === "postgres") await database.rows(sql`drop index marketplace_search_entries_lexemes`);
  const uses = new Map<string, number>();
  for (let from = 0; from < count; from += batch) {
    const listings = Array.from({ length: Math.min(batch, count - from) }, (_, index) => listingAt(from + index));
    await database.transaction((tx) => insertListings(tx, listings, tiers, uses));
  }
  await insertWords(database, uses);
  if (database.dialect === "postgres") {
    await database.transaction(async (tx) => {
      await tx.rows(sql`set local maintenance_work_mem = '512MB'`);
      await tx.rows(sql`create index marketplace_search_entries_lexemes on marketplace_search_entries using gin (lexemes)
        with (fastupdate = off)`);
    });
    await database.rows(sql`vacuum analyze`);
  } else await database.rows(sql`analyze`);
  // What the job does once a minute, until nothing is left to do.
  await searchIndexes[database.dialect].maintain(database, Number.POSITIVE_INFINITY);
}

/** Where the tiers of PostgreSQL's index begin, measured on a catalogue of the same kind. */
async function insertTiers(database: Database, count: number): Promise<number[]> {
  const sampled = createCatalogue("sample");
  const sample = Array.from({ length: sampleSize }, (_, index) => drawPosition(sampled(index).downloads));
  sample.sort((a, b) => a - b);
  const starts = tierStarts(count).map((start) =>
    start === 0 ? 0 : (sample[Math.floor((start / count) * sampleSize)] ?? 0),
  );
  if (database.dialect === "sqlite") return [0];
  for (const [tier, position] of starts.entries()) {
    await database.rows(sql`insert into marketplace_search_tiers values (${tier}, ${position})
      on conflict (tier) do update set position = excluded.position`);
  }
  return starts;
}

async function insertListings(
  tx: Tx,
  listings: readonly Listing[],
  tiers: readonly number[],
  uses: Map<string, number>,
) {
  await insert(tx, "marketplace_listings", listings.map(listingRow));
  const tags = listings.flatMap(({ id, tags }) => [...new Set(tags)].map((tag) => ({ tag, listing_id: id })));
  await insert(tx, "marketplace_listing_tags", tags);
  const documents = listings.map(documentOf);
  for (const { spellable } of documents) for (const word of spellable) uses.set(word, (uses.get(word) ?? 0) + 1);
  const entries = listings.flatMap((listing, index) => {
    const document = documents[index];
    if (!document) return [];
    const entry = entryOf(listing, document, drawPosition(listing.downloads));
    const tier = tiers.findLastIndex((start) => start <= entry.position);
    const letter = tx.dialect === "postgres" ? String.fromCharCode("a".charCodeAt(0) + tier) : "";
    return [{ entry, tier, terms: document.terms.map((term) => letter + term).join(" ") }];
  });
  await insert(
    tx,
    "marketplace_search_entries",
    entries.map(({ entry, tier, terms }) => ({
      position: entry.position,
      listing_id: entry.listingId,
      tier,
      category: entry.category,
      kind: entry.kind,
      downloads: entry.downloads,
      popularity: entry.popularity,
      price_amount: entry.priceAmount,
      price_currency: entry.priceCurrency,
      created_at: entry.createdAt.getTime(),
      name_key: entry.nameKey,
      tag_words: entry.tagWords,
      summary_words: entry.summaryWords,
      form: entry.form,
      ...(tx.dialect === "postgres" ? { lexemes: terms } : {}),
    })),
  );
  if (tx.dialect === "postgres") return;
  const rows = entries.map(({ entry, terms }) => ({ rowid: entry.position, terms }));
  await insert(tx, "marketplace_search", rows);
}

async function insertWords(database: Database, uses: ReadonlyMap<string, number>): Promise<void> {
  const words = [...uses].filter(([word]) => spellings(word).length > 0);
  for (let from = 0; from < words.length; from += batch) {
    const some = words.slice(from, from + batch);
    await database.transaction(async (tx) => {
      const rows = some.map(([word, used]) => ({ word, uses: used }));
      await insert(tx, "marketplace_search_words", rows);
      const filed = some.flatMap(([word]) => spellings(word).map((spelling) => ({ spelling, word })));
      await insert(tx, "marketplace_search_spellings", filed);
    });
  }
}

function listingRow(listing: Listing) {
  const { publisher, price, createdAt } = listing;
  return {
    id: listing.id,
    slug: listing.slug,
    publisher_id: publisher.id,
    name: listing.name,
    kind: listing.kind,
    summary: listing.summary,
    description: listing.description,
    category: listing.category,
    tags: JSON.stringify(listing.tags),
    price_amount: price?.amount ?? 0,
    price_currency: price?.currency ?? null,
    status: listing.status,
    latest_version: listing.latestVersion,
    downloads: listing.downloads,
    rating_sum: 0,
    rating_count: 0,
    created_at: createdAt.getTime(),
  };
}

type Row = Readonly<Record<string, string | number | null | undefined>>;

/** One statement for a batch: the rows travel as one JSON text, which both databases unpack. */
async function insert(tx: Pick<Database, "rows" | "dialect">, table: string, rows: readonly Row[]): Promise<void> {
  const columns = Object.keys(rows[0] ?? {});
  if (columns.length === 0) return;
  const json = JSON.stringify(rows);
  const into = sql.raw(`insert into ${table} (${columns.join(", ")})`);
  if (tx.dialect === "sqlite") {
    const picked = sql.raw(columns.map((column) => `value ->> '${column}'`).join(", "));
    await tx.rows(sql`${into} select ${picked} from json_each(${json})`);
    return;
  }
  await tx.rows(
    sql`${into} select ${sql.raw(columns.map(typed).join(", "))} from jsonb_array_elements(${json}::jsonb) r`,
  );
}

const bigints = [
  "position",
  "price_amount",
  "downloads",
  "popularity",
  "rating_sum",
  "rating_count",
  "uses",
  "tier",
  "form",
];

function typed(column: string): string {
  const text = `r ->> '${column}'`;
  if (column === "created_at") return `to_timestamp((${text})::float8 / 1000)`;
  if (column === "tags") return `(${text})::jsonb`;
  if (column === "lexemes") return `array_to_tsvector(string_to_array(${text}, ' '))`;
  return bigints.includes(column) ? `(${text})::bigint` : text;
}

export const open = (url: string) => openDatabase({ url });
