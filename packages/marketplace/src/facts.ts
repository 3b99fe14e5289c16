import type { Money } from "@revops/core";
import type { Purchase } from "./orders/purchase.ts";

/** What others may act upon, inside the transaction in which it happened. */
export type MarketplaceFacts = {
  /** Money was paid for an order; `commission` and `earnings` (the publisher's) add up to its price. Not for free ones. */
  "order.paid": { purchase: Purchase; publisherId: string; commission: Money; earnings: Money };
};
