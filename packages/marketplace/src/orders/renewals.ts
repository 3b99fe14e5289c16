/** Subscriptions: charged again for each period, until they are cancelled or not paid. */
import { type Clock, type FactEmitter, type Logger, minuteMs } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import type { MarketplaceFacts } from "../facts.ts";
import { updateLicense } from "../licenses/store.ts";
import { findListing } from "../listings/store.ts";
import { findOrder } from "./find.ts";
import type { Order } from "./order.ts";
import type { ChargePort } from "./purchase.ts";
import { isRefusal } from "./refusal.ts";
import { claimDueOrders, markEnded, noteRenewalRefused } from "./renewal-store.ts";
import { renewalReference, type Settlement } from "./settlement.ts";
import { nextTry } from "./subscription-period.ts";

export interface Renewals {
  runDue(): Promise<{ renewed: number; refused: number; ended: number; unknown: number }>;
}

const claimMs = 2 * minuteMs;
const batch = 20;

export function createRenewals(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly charge: ChargePort;
  readonly settlement: Settlement;
  readonly facts: FactEmitter<MarketplaceFacts, Tx> | undefined;
}): Renewals {
  const { database, clock, logger, charge, settlement, facts } = options;

  return {
    async runDue() {
      const counts = { renewed: 0, refused: 0, ended: 0, unknown: 0 };
      for (;;) {
        const now = clock.now();
        const chargingUntil = new Date(now.getTime() + claimMs);
        const due = await claimDueOrders(database, { chargingUntil, now, limit: batch });
        for (const order of due) counts[await renew(order)]++;
        if (due.length < batch) return counts;
      }
    },
  };

  async function renew(order: Order): Promise<"renewed" | "refused" | "ended" | "unknown"> {
    const { id, price } = order.purchase;
    if (order.cancelAtPeriodEnd || price === null) return end(id, order.periodEnd ?? clock.now());
    const number = order.renewals + 2;
    const reference = renewalReference(id, number);
    try {
      const description = (await findListing(database, order.purchase.packageId))?.name ?? id;
      const answer = await charge({ reference, buyerId: order.buyerId, amount: price, description, offSession: true });
      if (answer.status === "succeeded") {
        await database.transaction((tx) => settlement.renew(tx, id, number, answer.paymentId));
        return "renewed";
      }
      // The buyer is not there to confirm it; if they do later, the payment's webhook settles it.
      return answer.status === "processing" ? "unknown" : await refuse(order);
    } catch (error) {
      if (isRefusal(error)) return refuse(order);
      // The claim runs out by itself; then the same reference is asked about again.
      logger.error({ err: error, orderId: id }, "a subscription could not be charged, and is tried again");
      return "unknown";
    }
  }

  async function refuse({ purchase: { id }, periodEnd, renewals, renewalTries, buyerId }: Order) {
    const now = clock.now();
    const tries = renewalTries + 1;
    const renewAt = nextTry(periodEnd ?? now, tries, now);
    if (renewAt === null) return end(id, now);
    await database.transaction(async (tx) => {
      if (!(await noteRenewalRefused(tx, { orderId: id, renewals, tries, renewAt }))) return;
      const order = await findOrder(tx, id);
      if (order)
        await facts?.emit(tx, "order.renewal-failed", { purchase: order.purchase, buyerId, nextTryAt: renewAt });
    });
    return "refused" as const;
  }

  /** The licence ends now: what was paid for is over. */
  async function end(orderId: string, at: Date): Promise<"ended" | "unknown"> {
    return database.transaction(async (tx) => {
      const ended = await markEnded(tx, orderId, clock.now());
      if (!ended) return "unknown";
      await updateLicense(tx, { orderId }, { expiresAt: at });
      await facts?.emit(tx, "order.ended", {
        purchase: ended.purchase,
        buyerId: ended.buyerId,
        publisherId: ended.publisherId,
      });
      return "ended";
    });
  }
}
