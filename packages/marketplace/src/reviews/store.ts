/** The reviews' SQL. */
import type { Handle, Tx } from "@revops/database";
import { and, desc, eq, isNull, lt, sql } from "drizzle-orm";
import { marketplaceTables } from "../schema.ts";
import type { Review } from "./review.ts";

type Row = ReturnType<typeof marketplaceTables>["reviews"]["$inferSelect"];

export function toReview({ listingId: packageId, subjectId: _subject, withdrawnAt: _, ...review }: Row): Review {
  return { ...review, packageId };
}

/** False when this subject has one. */
export async function insertReview(tx: Tx, review: Row): Promise<boolean> {
  const { reviews } = marketplaceTables(tx.dialect);
  const target = [reviews.listingId, reviews.subjectId];
  return (await tx.db.insert(reviews).values(review).onConflictDoNothing({ target }).returning()).length === 1;
}

/** Takes the subject's review for this transaction; null when there is none. */
export async function lockReview(tx: Tx, listingId: string, subjectId: string): Promise<Row | null> {
  const { reviews } = marketplaceTables(tx.dialect);
  const [row] = await tx.db
    .update(reviews)
    .set({ id: sql`${reviews.id}` })
    .where(and(eq(reviews.listingId, listingId), eq(reviews.subjectId, subjectId)))
    .returning();
  return row ?? null;
}

export async function updateReview(tx: Tx, id: string, changes: Partial<Row>): Promise<void> {
  const { reviews } = marketplaceTables(tx.dialect);
  await tx.db.update(reviews).set(changes).where(eq(reviews.id, id));
}

export async function deleteReview(tx: Tx, id: string): Promise<void> {
  const { reviews } = marketplaceTables(tx.dialect);
  await tx.db.delete(reviews).where(eq(reviews.id, id));
}

/** Adds to the sum and number that the average is made of. */
export async function addRating(tx: Tx, listingId: string, sum: number, count: number): Promise<void> {
  const { listings } = marketplaceTables(tx.dialect);
  await tx.db
    .update(listings)
    .set({ ratingSum: sql`${listings.ratingSum} + ${sum}`, ratingCount: sql`${listings.ratingCount} + ${count}` })
    .where(eq(listings.id, listingId));
}

/** Those that stand, newest first. */
export async function selectReviews(
  handle: Handle,
  { listingId, limit, after }: { listingId: string; limit: number; after: string | undefined },
): Promise<Review[]> {
  const { reviews } = marketplaceTables(handle.dialect);
  const from = after === undefined ? undefined : lt(reviews.id, after);
  const rows = await handle.db
    .select()
    .from(reviews)
    .where(and(eq(reviews.listingId, listingId), isNull(reviews.withdrawnAt), from))
    .orderBy(desc(reviews.id))
    .limit(limit);
  return rows.map(toReview);
}
