/** Taking back what an order gave: its licence, and with it every right that follows from that, and its certificate. */
import type { Tx } from "@revops/database";
import { revokeCertificate } from "../courses/store.ts";
import { markRevoked } from "./store.ts";

export async function takeBack(tx: Tx, orderId: string, { reason, now }: { reason: string; now: Date }): Promise<void> {
  await markRevoked(tx, { orderId }, { reason, now });
  await revokeCertificate(tx, orderId, now);
}
