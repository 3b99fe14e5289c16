/** Money that an order had no use for: it is stored to go back, and sent as every refund is. */
import type { Clock } from "@revops/core";
import type { Tx } from "@revops/database";
import { insertRefund } from "./store.ts";

export function createGiveBack({ clock }: { clock: Clock }) {
  return async (
    tx: Tx,
    useless: { orderId: string; paymentId: string; price: { amount: number; currency: string } | null },
  ): Promise<void> => {
    const { orderId, paymentId, price } = useless;
    if (price === null) return;
    // One for each payment, however often it is heard of.
    const id = `ref_${paymentId}`;
    const because = { reason: "duplicate", requestedBy: null };
    await insertRefund(tx, { id, orderId, saleId: null, paymentId, ...price, ...because, now: clock.now() });
  };
}
