/** Orders: a listing bought by a subject. */
import type { Page, PageRequest } from "@revops/core";
import type { Tx } from "@revops/database";
import type { Purchase, PurchasePayment } from "./purchase.ts";

export interface Orders {
  /**
   * Buys a listing (by id or slug). The order is committed before the money is asked for and is its reference, so a
   * crash or a retry never charges twice: buying again continues a purchase that is still pending. `payment` is null
   * for a free listing, whose order is paid at once. `pending` with a `clientSecret` waits for 3-D Secure and is
   * settled by the payment's webhook.
   * @throws `package_not_found`, `own_package`, `already_purchased` (fields.purchaseId and fields.status: `paid`, or
   *   `pending` while another call is charging for it), and what the charge port throws, such as `card_declined`
   * @example const { purchase, payment } = await orders.purchase({ buyerId, listingId: "tar-stream" });
   */
  purchase(order: {
    buyerId: string;
    listingId: string;
    paymentMethodId?: string | undefined;
  }): Promise<{ purchase: Purchase; payment: PurchasePayment | null }>;
  /**
   * Records what became of the payment: paid (with a licence and the fact `order.paid`) or failed. Safe to repeat, in
   * any order: what is paid stays paid. Null when `orderId` is not an order's id.
   */
  settle(
    settlement: { orderId: string; paymentId: string; outcome: "succeeded" | "failed" },
    tx?: Tx,
  ): Promise<Purchase | null>;
  /** A buyer's purchases, newest first. */
  list(buyerId: string, page: PageRequest): Promise<Page<Purchase>>;
}
