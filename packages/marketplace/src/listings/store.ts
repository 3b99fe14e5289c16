/** The listings' SQL. */
import { type Handle, prepared, type Tx } from "@revops/database";
import { and, eq, inArray, or, sql } from "drizzle-orm";
import { marketplaceTables } from "../schema.ts";
import type { Listing, NewListing } from "./listing.ts";

type Row = ReturnType<typeof marketplaceTables>["listings"]["$inferSelect"];

function toListing(row: Row): Listing {
  return {
    id: row.id,
    slug: row.slug,
    name: row.name,
    kind: row.kind,
    status: row.status,
    summary: row.summary,
    description: row.description,
    category: row.category,
    tags: row.tags,
    publisher: { id: row.publisherId, name: row.publisherName },
    price: row.priceCurrency === null ? null : { amount: row.priceAmount, currency: row.priceCurrency },
    interval: row.interval,
    licenseTerms: row.licenseTerms ?? {},
    course: row.course,
    moderationReason: row.moderationReason,
    latestVersion: row.latestVersion,
    downloads: row.downloads,
    rating: { average: row.ratingCount === 0 ? null : row.ratingSum / row.ratingCount, count: row.ratingCount },
    createdAt: row.createdAt,
  };
}

/** Null when the slug is taken. */
export async function insertListing(
  tx: Tx,
  { id, listing, now }: { id: string; listing: NewListing; now: Date },
): Promise<Listing | null> {
  const { listings, listingTags } = marketplaceTables(tx.dialect);
  const { price, tags, publisherName, publish, interval, licenseTerms, course, ...rest } = listing;
  const [row] = await tx.db
    .insert(listings)
    .values({
      ...rest,
      id,
      publisherName: publisherName ?? null,
      tags: [...tags],
      priceAmount: price?.amount ?? 0,
      priceCurrency: price?.currency ?? null,
      interval: interval ?? null,
      licenseTerms: licenseTerms ?? null,
      course: course ?? null,
      publishesItself: publish ?? false,
      status: "draft",
      downloads: 0,
      ratingSum: 0,
      ratingCount: 0,
      createdAt: now,
    })
    .onConflictDoNothing({ target: listings.slug })
    .returning();
  if (!row) return null;
  if (tags.length > 0) await tx.db.insert(listingTags).values(tags.map((tag) => ({ tag, listingId: id })));
  return toListing(row);
}

const findOn = {
  sqlite: prepareFind("sqlite"),
  postgres: prepareFind("postgres"),
};

function prepareFind(dialect: Handle["dialect"]) {
  const { listings } = marketplaceTables(dialect);
  const wanted = sql.placeholder("idOrSlug");
  return prepared("marketplace_find_listing", (db) =>
    db
      .select()
      .from(listings)
      .where(or(eq(listings.id, wanted), eq(listings.slug, wanted)))
      .limit(1),
  );
}

/** By id or slug, in any status. */
export async function findListing(handle: Handle, idOrSlug: string): Promise<Listing | null> {
  const [row] = await findOn[handle.dialect](handle, { idOrSlug });
  return row ? toListing(row) : null;
}

/** In no order. */
export async function selectListings(handle: Handle, ids: readonly string[]): Promise<Listing[]> {
  if (ids.length === 0) return [];
  const { listings } = marketplaceTables(handle.dialect);
  const rows = await handle.db
    .select()
    .from(listings)
    .where(inArray(listings.id, [...ids]));
  return rows.map(toListing);
}

/** Takes the listing's row for this transaction: what follows sees what others committed, and they wait for us. */
export async function lockListing(tx: Tx, listingId: string): Promise<Listing | null> {
  const { listings } = marketplaceTables(tx.dialect);
  const [row] = await tx.db
    .update(listings)
    .set({ status: sql`${listings.status}` })
    .where(eq(listings.id, listingId))
    .returning();
  return row ? toListing(row) : null;
}

export async function setLatestVersion(tx: Tx, listingId: string, latestVersion: string | null): Promise<void> {
  const { listings } = marketplaceTables(tx.dialect);
  await tx.db.update(listings).set({ latestVersion }).where(eq(listings.id, listingId));
}

/** The listing if this call is the one that published it. */
export async function markPublished(tx: Tx, listingId: string, now: Date): Promise<Listing | null> {
  const { listings } = marketplaceTables(tx.dialect);
  const [row] = await tx.db
    .update(listings)
    .set({ status: "published", publishedAt: now })
    .where(and(eq(listings.id, listingId), eq(listings.status, "draft")))
    .returning();
  return row ? toListing(row) : null;
}

/** Counts one more subject and gives the new number. */
export async function countDownload(tx: Tx, listingId: string): Promise<number> {
  const { listings } = marketplaceTables(tx.dialect);
  const [row] = await tx.db
    .update(listings)
    .set({ downloads: sql`${listings.downloads} + 1` })
    .where(eq(listings.id, listingId))
    .returning({ downloads: listings.downloads });
  return row?.downloads ?? 0;
}
