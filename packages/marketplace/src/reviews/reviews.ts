/** Reviews: one for each buyer, and the rating that they come to. */
import { type Clock, createId, isStorableText, type Page, type PageRequest, pageOf } from "@revops/core";
import type { Database, Handle, Tx } from "@revops/database";
import { marketplaceErrors } from "../errors.ts";
import { findVisible } from "../listings/find.ts";
import { hasBought } from "../orders/find.ts";
import type { Review } from "./review.ts";
import { addRating, deleteReview, insertReview, lockReview, selectReviews, toReview, updateReview } from "./store.ts";

export interface NewReview {
  readonly subjectId: string;
  /** The id or slug. */
  readonly listingId: string;
  /** 1 to 5. */
  readonly rating: number;
  readonly text?: string | null | undefined;
}

export interface Reviews {
  /**
   * Adds a buyer's review; the listing's rating follows in the same transaction, exactly.
   * @throws `package_not_found`, `purchase_required`, `already_reviewed`, `invalid_review`
   */
  create(review: NewReview, tx?: Tx): Promise<Review>;
  /** Changes one's own. @throws `package_not_found`, `review_not_found`, `invalid_review` */
  update(
    review: Pick<NewReview, "subjectId" | "listingId" | "text"> & { readonly rating?: number | undefined },
    tx?: Tx,
  ): Promise<Review>;
  /** Takes one's own away. @throws `package_not_found`, `review_not_found` */
  delete(review: Pick<NewReview, "subjectId" | "listingId">, tx?: Tx): Promise<void>;
  /** Newest first. @throws `package_not_found` */
  list(listingId: string, page: PageRequest): Promise<Page<Review>>;
}

const longestText = 5_000;

export function createReviews({ database, clock }: { database: Database; clock: Clock }): Reviews {
  return {
    create: ({ subjectId, listingId, rating, text = null }, tx) =>
      database.transaction(async (tx) => {
        assertReview({ rating, text });
        const listing = await findVisible(tx, listingId, undefined);
        if (!(await hasBought(tx, subjectId, listing.id))) throw marketplaceErrors.purchase_required();
        const now = clock.now();
        const review = {
          id: createId("rev", now),
          listingId: listing.id,
          subjectId,
          rating,
          text,
          createdAt: now,
          updatedAt: now,
        };
        if (!(await insertReview(tx, review))) throw marketplaceErrors.already_reviewed();
        await addRating(tx, listing.id, rating, 1);
        return toReview(review);
      }, tx),

    update: ({ subjectId, listingId, rating, text }, tx) =>
      database.transaction(async (tx) => {
        const before = await own(tx, subjectId, listingId);
        const changes = {
          rating: rating ?? before.rating,
          text: text === undefined ? before.text : text,
          updatedAt: clock.now(),
        };
        assertReview(changes);
        await updateReview(tx, before.id, changes);
        await addRating(tx, before.listingId, changes.rating - before.rating, 0);
        return toReview({ ...before, ...changes });
      }, tx),

    delete: ({ subjectId, listingId }, tx) =>
      database.transaction(async (tx) => {
        const { id, rating, listingId: packageId } = await own(tx, subjectId, listingId);
        await deleteReview(tx, id);
        await addRating(tx, packageId, -rating, -1);
      }, tx),

    async list(listingId, { limit, after }) {
      const { id } = await findVisible(database, listingId, undefined);
      const rows = await selectReviews(database, { listingId: id, limit: limit + 1, after });
      return pageOf(rows, limit, (review) => review.id);
    },
  };

  /** With its row locked: of two changes at once, each adds the difference to what is there. */
  async function own(tx: Tx & Handle, subjectId: string, listingId: string) {
    const listing = await findVisible(tx, listingId, undefined);
    const review = await lockReview(tx, listing.id, subjectId);
    if (!review) throw marketplaceErrors.review_not_found();
    return review;
  }
}

function assertReview({ rating, text }: { rating: number; text: string | null }): void {
  if (!Number.isInteger(rating) || rating < 1 || rating > 5) {
    throw marketplaceErrors.invalid_review({ detail: "A rating is 1 to 5.", fields: { path: "rating" } });
  }
  if (text === null || (text.length <= longestText && isStorableText(text))) return;
  throw marketplaceErrors.invalid_review({
    detail: `A text has up to ${longestText} characters.`,
    fields: { path: "text" },
  });
}
