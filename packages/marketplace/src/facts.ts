import type { Money } from "@revops/core";
import type { Listing } from "./listings/listing.ts";
import type { Purchase } from "./orders/purchase.ts";
import type { Payout } from "./payouts/payout.ts";
import type { DisputeStatus } from "./refunds/dispute.ts";
import type { Review } from "./reviews/review.ts";

interface OrderMoney {
  readonly purchase: Purchase;
  readonly buyerId: string;
  readonly publisherId: string;
  readonly commission: Money;
  /** The publisher's. */
  readonly earnings: Money;
}

/** What was decided about a listing; `reason` as its publisher reads it. */
interface ListingVerdict {
  readonly listing: Listing;
  readonly reason: string | null;
  readonly at: Date;
}

/** A buyer's word about a listing; who said it is nobody's business. */
interface ReviewNews {
  readonly review: Review;
  readonly publisherId: string;
  readonly at: Date;
}

/** What others may act upon, inside the transaction in which it happened. */
export type MarketplaceFacts = {
  /** Money was paid for an order; `commission` and `earnings` add up to its price. Not for free ones. */
  "order.paid": OrderMoney;
  /** A subscription's next period was paid. */
  "order.renewed": OrderMoney;
  /** A subscription's charge was refused; it is tried again at `nextTryAt`, and ends when that is null. */
  "order.renewal-failed": { purchase: Purchase; buyerId: string; nextTryAt: Date | null };
  /** A subscription is over: cancelled, or not paid on. */
  "order.ended": { purchase: Purchase; buyerId: string; publisherId: string };
  /**
   * Money went back: `commission` and `earnings` are what was taken back of each and add up to it. `full` when nothing of
   * what the order gave is left.
   */
  "order.refunded": OrderMoney & { readonly amount: Money; readonly full: boolean };
  /** The payer's bank took the money back (`open`), gave it again (`won`) or for good (`lost`). */
  "order.disputed": {
    readonly purchase: Purchase;
    readonly buyerId: string;
    readonly publisherId: string;
    readonly disputeId: string;
    readonly status: DisputeStatus;
    /** What is disputed. */
    readonly amount: Money;
    /** By how much this changed the publisher's balance: less than nothing when it is withheld, more when it is given again. */
    readonly earnings: Money;
  };
  /** A transfer to a publisher was made. */
  "payout.paid": { readonly payout: Payout };
  /** A transfer was refused: its amount is owed to the publisher as before. */
  "payout.failed": { readonly payout: Payout };
  /** So much of a transfer came back, and is owed to the publisher again. */
  "payout.reversed": { readonly payout: Payout; readonly amount: Money };
  /** A listing that waited is on sale. */
  "listing.approved": ListingVerdict;
  /** A listing that waited goes back to its publisher. */
  "listing.rejected": ListingVerdict;
  /** A listing was taken away, from its buyers too. */
  "listing.suspended": ListingVerdict;
  /** A listing that was suspended is on sale again. */
  "listing.reinstated": ListingVerdict;
  /** A buyer reviewed a listing; or what had gone with its purchase stands again, unchanged, under the id that it had. */
  "review.created": ReviewNews;
  /** They gave another rating or text: `previous` is what was there. Not when both stayed. */
  "review.updated": ReviewNews & { readonly previous: Pick<Review, "rating" | "text"> };
  /** They took it away, or it went with its purchase, which was given back or is disputed: `review` is what was there. */
  "review.removed": ReviewNews;
};
