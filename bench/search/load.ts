/** Fills a migrated database with listings in large statements: publishing them one by one would take hours. */
import { type Database, openDatabase } from "@revops/database";
import type { Listing } from "@revops/marketplace";
import { sql } from "drizzle-orm";
import { documentOf } from "../../packages/marketplace/src/search/document.ts";
import { drawPosition } from "../../packages/marketplace/src/search/popularity.ts";
import { spellings } from "../../packages/marketplace/src/search/spelling.ts";

const batch = 1_000;

export async function load(database: Database, count: number, listingAt: (index: number) => Listing): Promise<void> {
  const uses = new Map<string, number>();
  for (let from = 0; from < count; from += batch) {
    const listings = Array.from({ length: Math.min(batch, count - from) }, (_, index) => listingAt(from + index));
    const documents = listings.map(documentOf);
    for (const { spellable } of documents) for (const word of spellable) uses.set(word, (uses.get(word) ?? 0) + 1);
    await database.transaction(async (tx) => {
      await insert(tx, "marketplace_listings", listings.map(listingRow));
      await insert(
        tx,
        "marketplace_listing_tags",
        listings.flatMap(({ id, tags }) => [...new Set(tags)].map((tag) => ({ tag, listing_id: id }))),
      );
      await insert(
        tx,
        "marketplace_search_documents",
        documents.map(({ nameKey, tagWords, summaryWords, terms }, index) => ({
          position: drawPosition(listings[index]?.downloads ?? 0),
          listing_id: listings[index]?.id,
          name_key: nameKey,
          tag_words: tagWords,
          summary_words: summaryWords,
          terms,
        })),
      );
    });
  }
  const words = [...uses].filter(([word]) => spellings(word).length > 0);
  for (let from = 0; from < words.length; from += batch) {
    const some = words.slice(from, from + batch);
    await database.transaction(async (tx) => {
      await insert(
        tx,
        "marketplace_search_words",
        some.map(([word, used]) => ({ word, uses: used })),
      );
      const filed = some.flatMap(([word]) => spellings(word).map((spelling) => ({ spelling, word })));
      await insert(tx, "marketplace_search_spellings", filed);
    });
  }
  await database.rows(sql`analyze`);
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
  const picked = sql.raw(
    columns
      .map((column) => (column === "created_at" ? "to_timestamp((r ->> 'created_at')::float8 / 1000)" : typed(column)))
      .join(", "),
  );
  await tx.rows(sql`${into} select ${picked} from jsonb_array_elements(${json}::jsonb) r`);
}

const numbers = new Set(["position", "price_amount", "downloads", "rating_sum", "rating_count", "uses"]);

function typed(column: string): string {
  if (column === "tags") return "(r ->> 'tags')::jsonb";
  return numbers.has(column) ? `(r ->> '${column}')::bigint` : `r ->> '${column}'`;
}

export const open = (url: string) => openDatabase({ url });
