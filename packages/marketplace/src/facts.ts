import type { Money } from "@revops/core";
import type { Purchase } from "./orders/purchase.ts";

interface OrderMoney {
  readonly purchase: Purchase;
  readonly buyerId: string;
  readonly publisherId: string;
  readonly commission: Money;
  /** The publisher's. */
  readonly earnings: Money;
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
  "order.ended": { purchase: Purchase; buyerId: string };
  /**
   * Money went back: `commission` and `earnings` are what was taken back of each and add up to it. `full` when nothing of
   * what the order gave is left.
   */
  "order.refunded": OrderMoney & { readonly amount: Money; readonly full: boolean };
  /** The payer's bank took the money back (`open`), gave it again (`won`) or for good (`lost`). */
  "order.disputed": { purchase: Purchase; buyerId: string; publisherId: string; status: "open" | "won" | "lost" };
  /** A transfer to a publisher was made. */
  "payout.paid": { payoutId: string; publisherId: string; amount: Money };
};
