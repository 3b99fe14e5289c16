/** Reviews: one for each buyer, and the rating that they come to. */
import {
  type Clock,
  createId,
  type FactEmitter,
  isStorableText,
  type Page,
  type PageRequest,
  pageOf,
} from "@revops/core";
import type { Database, Handle, Tx } from "@revops/database";
import { marketplaceErrors } from "../errors.ts";
import type { MarketplaceFacts } from "../facts.ts";
import { findVisible } from "../listings/find.ts";
import { lockBought } from "../orders/store.ts";
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
   * Adds a buyer's review; the listing's rating follows in the same transaction, exactly, and so does the fact `review.created`.
   * When all of the purchase goes back, or its payment is disputed, the review goes with it (`review.removed`); when the dispute
   * is won, or it is bought again, it stands again (`review.created`).
   * @throws `package_not_found`, `purchase_required`, `already_reviewed`, `invalid_review`
   */
  create(review: NewReview, tx?: Tx): Promise<Review>;
  /**
   * Changes one's own (`review.updated`).
   * @throws `package_not_found`, `review_not_found`, `invalid_review`, `purchase_required` once the purchase was given back
   */
  update(
    review: Pick<NewReview, "subjectId" | "listingId" | "text"> & { readonly rating?: number | undefined },
    tx?: Tx,
  ): Promise<Review>;
  /** Takes one's own away (`review.removed`). @throws `package_not_found`, `review_not_found` */
  delete(review: Pick<NewReview, "subjectId" | "listingId">, tx?: Tx): Promise<void>;
  /** Those that stand, newest first. @throws `package_not_found` */
  list(listingId: string, page: PageRequest): Promise<Page<Review>>;
}

const longestText = 5_000;

export interface ReviewsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly facts: FactEmitter<MarketplaceFacts, Tx> | undefined;
}

export function createReviews({ database, clock, facts }: ReviewsOptions): Reviews {
  return {
    create: ({ subjectId, listingId, rating, text = null }, tx) =>
      database.transaction(async (tx) => {
        assertReview({ rating, text });
        const listing = await findVisible(tx, listingId, undefined);
        if (!(await lockBought(tx, subjectId, listing.id))) throw marketplaceErrors.purchase_required();
        const at = clock.now();
        const row = {
          id: createId("rev", at),
          listingId: listing.id,
          subjectId,
          rating,
          text,
          createdAt: at,
          updatedAt: at,
          withdrawnAt: null,
        };
        if (!(await insertReview(tx, row))) throw marketplaceErrors.already_reviewed();
        await addRating(tx, listing.id, rating, 1);
        const review = toReview(row);
        await facts?.emit(tx, "review.created", { review, publisherId: listing.publisher.id, at });
        return review;
      }, tx),

    update: ({ subjectId, listingId, rating, text }, tx) =>
      database.transaction(async (tx) => {
        const { review: before, publisherId } = await own(tx, subjectId, listingId);
        if (before.withdrawnAt !== null) throw marketplaceErrors.purchase_required();
        const at = clock.now();
        const changes = {
          rating: rating ?? before.rating,
          text: text === undefined ? before.text : text,
          updatedAt: at,
        };
        assertReview(changes);
        await updateReview(tx, before.id, changes);
        await addRating(tx, before.listingId, changes.rating - before.rating, 0);
        const review = toReview({ ...before, ...changes });
        const previous = { rating: before.rating, text: before.text };
        if (review.rating !== previous.rating || review.text !== previous.text) {
          await facts?.emit(tx, "review.updated", { review, previous, publisherId, at });
        }
        return review;
      }, tx),

    delete: ({ subjectId, listingId }, tx) =>
      database.transaction(async (tx) => {
        const { review, publisherId } = await own(tx, subjectId, listingId);
        await deleteReview(tx, review.id);
        // One that does not stand is gone from there already.
        if (review.withdrawnAt !== null) return;
        await addRating(tx, review.listingId, -review.rating, -1);
        await facts?.emit(tx, "review.removed", { review: toReview(review), publisherId, at: clock.now() });
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
    return { review, publisherId: listing.publisher.id };
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
