/** The listings' SQL. */
import { isStorableText } from "@revops/core";
import { type Handle, prepared, type Tx } from "@revops/database";
import { and, asc, desc, eq, gt, lt, sql } from "drizzle-orm";
import { marketplaceTables } from "../schema.ts";
import type { Listing, ListingStatus, NewListing } from "./listing.ts";

export type ListingRow = ReturnType<typeof marketplaceTables>["listings"]["$inferSelect"];

export function toListing(row: ListingRow): Listing {
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
  const by = (name: string, column: typeof listings.id | typeof listings.slug) =>
    prepared(`marketplace_find_listing_by_${name}`, (db) =>
      db
        .select()
        .from(listings)
        .where(eq(column, sql.placeholder(name))),
    );
  return { byId: by("id", listings.id), bySlug: by("slug", listings.slug) };
}

/** An id has an underscore and no slug has, so either is found by one look into one index. */
export const isId = (idOrSlug: string): boolean => idOrSlug.includes("_");

/** By id or slug, in any status. */
export async function findListing(handle: Handle, idOrSlug: string): Promise<Listing | null> {
  // PostgreSQL refuses such text with an error of its own; no listing is named so.
  if (!isStorableText(idOrSlug)) return null;
  const { byId, bySlug } = findOn[handle.dialect];
  const [row] = await (isId(idOrSlug) ? byId(handle, { id: idOrSlug }) : bySlug(handle, { slug: idOrSlug }));
  return row ? toListing(row) : null;
}

/** By id or slug. Takes the listing's row for this transaction: what follows sees what others committed, and they wait for us. */
export async function lockListing(tx: Tx, idOrSlug: string): Promise<Listing | null> {
  if (!isStorableText(idOrSlug)) return null;
  const { listings } = marketplaceTables(tx.dialect);
  const [row] = await tx.db
    .update(listings)
    .set({ status: sql`${listings.status}` })
    .where(eq(isId(idOrSlug) ? listings.id : listings.slug, idOrSlug))
    .returning();
  return row ? toListing(row) : null;
}

export async function setLatestVersion(tx: Tx, listingId: string, latestVersion: string | null): Promise<void> {
  const { listings } = marketplaceTables(tx.dialect);
  await tx.db.update(listings).set({ latestVersion }).where(eq(listings.id, listingId));
}

export async function setStatus(
  tx: Tx,
  listingId: string,
  change: { status: ListingStatus; moderationReason: string | null; publishedAt?: Date },
): Promise<Listing> {
  const { listings } = marketplaceTables(tx.dialect);
  const [row] = await tx.db.update(listings).set(change).where(eq(listings.id, listingId)).returning();
  if (!row) throw new Error("A listing that was locked is gone.");
  return toListing(row);
}

/** Writes all that a publisher may change. */
export async function updateListing(tx: Tx, listingId: string, listing: NewListing): Promise<Listing> {
  const { listings, listingTags } = marketplaceTables(tx.dialect);
  const { name, summary, description, category, tags, price, interval, licenseTerms, course, publisherName } = listing;
  const [row] = await tx.db
    .update(listings)
    .set({
      name,
      summary,
      description,
      category,
      tags: [...tags],
      publisherName: publisherName ?? null,
      priceAmount: price?.amount ?? 0,
      priceCurrency: price?.currency ?? null,
      interval: interval ?? null,
      licenseTerms: licenseTerms ?? null,
      course: course ?? null,
    })
    .where(eq(listings.id, listingId))
    .returning();
  if (!row) throw new Error("A listing that was locked is gone.");
  await tx.db.delete(listingTags).where(eq(listingTags.listingId, listingId));
  if (tags.length > 0) await tx.db.insert(listingTags).values(tags.map((tag) => ({ tag, listingId })));
  return toListing(row);
}

/** Newest first. */
export async function selectListingsOf(
  handle: Handle,
  { publisherId, limit, after }: { publisherId: string; limit: number; after: string | undefined },
): Promise<Listing[]> {
  const { listings } = marketplaceTables(handle.dialect);
  const from = after === undefined ? undefined : lt(listings.id, after);
  const rows = await handle.db
    .select()
    .from(listings)
    .where(and(eq(listings.publisherId, publisherId), from))
    .orderBy(desc(listings.id))
    .limit(limit);
  return rows.map(toListing);
}

/** Takes the name that buyers are shown off all that a publisher lists. */
export async function forgetPublisherName(tx: Tx, publisherId: string): Promise<void> {
  const { listings } = marketplaceTables(tx.dialect);
  await tx.db.update(listings).set({ publisherName: null }).where(eq(listings.publisherId, publisherId));
}

/** Oldest first. */
export async function selectByStatus(
  handle: Handle,
  { status, limit, after }: { status: ListingStatus; limit: number; after: string | undefined },
): Promise<Listing[]> {
  const { listings } = marketplaceTables(handle.dialect);
  const from = after === undefined ? undefined : gt(listings.id, after);
  const rows = await handle.db
    .select()
    .from(listings)
    .where(and(eq(listings.status, status), from))
    .orderBy(asc(listings.id))
    .limit(limit);
  return rows.map(toListing);
}

/** Whether the listing goes on sale with its first version. */
export async function publishesItself(tx: Tx, listingId: string): Promise<boolean> {
  const { listings } = marketplaceTables(tx.dialect);
  const [row] = await tx.db.select({ it: listings.publishesItself }).from(listings).where(eq(listings.id, listingId));
  return row?.it ?? false;
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
