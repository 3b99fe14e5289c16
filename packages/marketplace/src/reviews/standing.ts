/**
 * A review stands for as long as its author has what allowed it: what all the money went back for, or waits for a bank to
 * decide, has no say in the rating. See docs/decisions/0050.
 */
import type { Clock, FactEmitter } from "@revops/core";
import type { Tx } from "@revops/database";
import type { MarketplaceFacts } from "../facts.ts";
import { hasBought } from "../orders/find.ts";
import type { Order } from "../orders/order.ts";
import { addRating, lockReview, toReview, updateReview } from "./store.ts";

/** @param order which has changed. Its row is locked by then, as by whoever writes a review */
export type FollowReview = (tx: Tx, order: Pick<Order, "buyerId" | "publisherId" | "purchase">) => Promise<void>;

export function createFollowReview(options: {
  readonly clock: Clock;
  readonly facts: FactEmitter<MarketplaceFacts, Tx> | undefined;
}): FollowReview {
  const { clock, facts } = options;
  return async (tx, { buyerId: subjectId, publisherId, purchase: { packageId: listingId } }) => {
    // First, since another order of theirs may change at once: whoever comes second looks at what the first has left.
    const row = await lockReview(tx, listingId, subjectId);
    if (!row) return;
    const stands = await hasBought(tx, subjectId, listingId);
    if (stands === (row.withdrawnAt === null)) return;
    const at = clock.now();
    await updateReview(tx, row.id, { withdrawnAt: stands ? null : at });
    const sign = stands ? 1 : -1;
    await addRating(tx, listingId, sign * row.rating, sign);
    await facts?.emit(tx, stands ? "review.created" : "review.removed", { review: toReview(row), publisherId, at });
  };
}
