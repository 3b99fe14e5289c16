/** Orders: a listing bought by a subject. */
import {
  type Clock,
  createId,
  type FactEmitter,
  type Logger,
  type Page,
  type PageRequest,
  pageOf,
  secondMs,
} from "@revops/core";
import type { Database, Tx } from "@revops/database";
import { marketplaceErrors } from "../errors.ts";
import type { MarketplaceFacts } from "../facts.ts";
import { issueLicense } from "../licenses/licenses.ts";
import { findVisible } from "../listings/find.ts";
import type { Listing } from "../listings/listing.ts";
import { type CommissionRule, splitPrice } from "./commission.ts";
import type { ChargePort, Purchase, PurchasePayment } from "./purchase.ts";
import { isRefusal } from "./refusal.ts";
import {
  claimPendingOrder,
  findCurrentOrder,
  findOrder,
  insertOrder,
  markFailed,
  markPaid,
  notePayment,
  type Order,
  releaseOrder,
  selectOrders,
} from "./store.ts";

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
  /** What a buyer bought or is about to, newest first. A try that took no money is no purchase. */
  list(buyerId: string, page: PageRequest): Promise<Page<Purchase>>;
}

/** Longer than a charge takes with the SDK's retries; a crash keeps the buyer from trying again for this long. */
const chargingMs = 30 * secondMs;

export interface OrdersOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly charge: ChargePort;
  readonly commission: CommissionRule;
  readonly licenseKeys: () => string;
  readonly facts: FactEmitter<MarketplaceFacts, Tx> | undefined;
}

export function createOrders(options: OrdersOptions): Orders {
  const { database, clock, logger, charge, commission: rule, licenseKeys, facts } = options;

  return {
    async purchase({ buyerId, listingId, paymentMethodId }) {
      const listing = await findVisible(database, listingId, undefined);
      if (listing.publisher.id === buyerId) throw marketplaceErrors.own_package();
      const order = await openOrder(buyerId, listing);
      const amount = order.purchase.price;
      if (amount === null) return { purchase: order.purchase, payment: null };

      const orderId = order.purchase.id;
      const method = paymentMethodId === undefined ? {} : { paymentMethodId };
      const answer = await charge({ orderId, buyerId, amount, description: listing.name, ...method }).catch(
        async (error: unknown) => {
          // What the charge failed of matters more than that its outcome could not be noted: the next try continues.
          await noteFailure(orderId, error).catch((err: unknown) =>
            logger.error({ err, orderId }, "order not updated"),
          );
          throw error;
        },
      );
      const payment = { id: answer.paymentId, status: answer.status, clientSecret: answer.clientSecret };
      const noted =
        answer.status === "succeeded"
          ? await settle({ orderId, paymentId: answer.paymentId, outcome: "succeeded" })
          : await notePayment(database, orderId, answer.paymentId);
      return { purchase: noted ?? order.purchase, payment };
    },

    settle,

    async list(buyerId, { limit, after }) {
      return pageOf(await selectOrders(database, { buyerId, limit: limit + 1, after }), limit, ({ id }) => id);
    },
  };

  /** Commits a new order, or takes up the buyer's pending one; a free one is paid in the same transaction. */
  async function openOrder(buyerId: string, listing: Listing): Promise<Order> {
    const now = clock.now();
    const chargingUntil = new Date(now.getTime() + chargingMs);
    const { price } = listing;
    const split = price && { price, commission: splitPrice(price, rule).commission, rule };
    const opened = await database.transaction(async (tx) => {
      const id = createId("pur", now);
      const inserted = await insertOrder(tx, { id, buyerId, listing, split, chargingUntil, now });
      if (!inserted) return claimPendingOrder(tx, { buyerId, listingId: listing.id, chargingUntil, now });
      if (price !== null) return inserted;
      const paid = await pay(tx, id, null);
      return paid ? { ...inserted, purchase: paid } : null;
    });
    if (opened) return opened;
    const current = await findCurrentOrder(database, buyerId, listing.id);
    throw marketplaceErrors.already_purchased({
      detail: current?.status === "paid" ? "You own this package." : "This purchase is under way.",
      fields: { purchaseId: current?.id ?? null, status: current?.status ?? "pending" },
    });
  }

  async function settle(
    { orderId, paymentId, outcome }: Parameters<Orders["settle"]>[0],
    tx?: Tx,
  ): Promise<Purchase | null> {
    return database.transaction(async (tx) => {
      if (outcome === "failed") await markFailed(tx, { orderId, paymentId, now: clock.now() });
      else if (!(await pay(tx, orderId, paymentId))) await noteUselessPayment(tx, orderId, paymentId);
      return (await findOrder(tx, orderId))?.purchase ?? null;
    }, tx);
  }

  /** Does all that a paid order brings about, once: null when it was paid before or cannot be. */
  async function pay(tx: Tx, orderId: string, paymentId: string | null): Promise<Purchase | null> {
    const now = clock.now();
    const order = await markPaid(tx, { orderId, paymentId, now });
    if (!order) return null;
    const key = await issueLicense(tx, { order, key: licenseKeys(), now });
    const purchase = { ...order.purchase, licenseKey: key };
    const { price, commission } = purchase;
    if (price && commission) {
      const earnings = { amount: price.amount - commission.amount, currency: price.currency };
      await facts?.emit(tx, "order.paid", { purchase, publisherId: order.publisherId, commission, earnings });
    }
    return purchase;
  }

  /** Money for an order that has no use for it has to be given back by a person: say so loudly. */
  async function noteUselessPayment(tx: Tx, orderId: string, paymentId: string): Promise<void> {
    const order = await findOrder(tx, orderId);
    if (!order || order.paymentId === paymentId) return;
    logger.error({ orderId, paymentId, paidBy: order.paymentId }, "a second payment arrived for a package bought once");
  }

  async function noteFailure(orderId: string, error: unknown): Promise<void> {
    if (isRefusal(error)) await markFailed(database, { orderId, paymentId: null, now: clock.now() });
    else await releaseOrder(database, orderId);
  }
}
