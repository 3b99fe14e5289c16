/** Licences: the proof of purchase that a buyer holds. */
import { createId } from "@revops/core";
import type { Tx } from "@revops/database";
import type { Order } from "../orders/store.ts";
import { insertLicense } from "./store.ts";

/** Gives the buyer of an order a licence, in the transaction that pays the order; answers with its key. */
export async function issueLicense(
  tx: Tx,
  { order, key, now }: { order: Order; key: string; now: Date },
): Promise<string> {
  const { id: orderId, packageId: listingId } = order.purchase;
  return insertLicense(tx, {
    id: createId("lic", now),
    orderId,
    listingId,
    subjectId: order.buyerId,
    key,
    issuedAt: now,
  });
}
