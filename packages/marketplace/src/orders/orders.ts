/** Orders: a listing bought by a subject. */
import { type Clock, createId, type Logger, type Page, type PageRequest, pageOf, secondMs } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import { marketplaceErrors } from "../errors.ts";
import { findVisible } from "../listings/find.ts";
import type { Listing } from "../listings/listing.ts";
import { findSeller } from "../sellers/store.ts";
import { type CommissionRule, splitPrice } from "./commission.ts";
import { findCurrentOrder, findOrder, selectOrders } from "./find.ts";
import type { Order } from "./order.ts";
import type { ChargePort, Purchase, PurchasePayment, RelatedPort } from "./purchase.ts";
import { isRefusal } from "./refusal.ts";
import { setCancel } from "./renewal-store.ts";
import type { Renewals } from "./renewals.ts";
import { readReference, type Settlement } from "./settlement.ts";
import { claimPendingOrder, extendCharging, insertOrder, markFailed, notePayment, releaseOrder } from "./store.ts";

export interface Orders {
  /**
   * Buys a listing (by id or slug). The order is committed before the money is asked for and is its reference, so a
   * crash or a retry never charges twice: buying again continues a purchase that is still pending. `payment` is null
   * for a free listing, whose order is paid at once. `pending` with a `clientSecret` waits for 3-D Secure and is
   * settled by the payment's webhook.
   * @param order `actorId`: who acts for the buyer, when that is somebody else; `purchaseId`: the id that the order gets
   *   (`pur_…`): given again after a crash, it is the same purchase, finished and answered as the first time
   * @throws `package_not_found`, `own_package` (the publisher's own, or a related party's), `already_purchased`
   *   (fields.purchaseId and fields.status: `paid`, or `pending` while another call is charging for it), and what the
   *   charge port throws, such as `card_declined`
   * @example const { purchase, payment } = await orders.purchase({ buyerId, listingId: "tar-stream" });
   */
  purchase(order: {
    buyerId: string;
    actorId?: string | undefined;
    listingId: string;
    paymentMethodId?: string | undefined;
    purchaseId?: string | undefined;
  }): Promise<{ purchase: Purchase; payment: PurchasePayment | null }>;
  /**
   * Records what became of a payment: paid (with a licence and the fact `order.paid`) or failed. Safe to repeat, in
   * any order: what is paid stays paid. Money that has no use (its order was paid before, or is over) is given back.
   * Null when `reference` is not that of an order.
   */
  settle(
    settlement: { reference: string; paymentId: string; outcome: "succeeded" | "failed" },
    tx?: Tx,
  ): Promise<Purchase | null>;
  /** What a buyer bought or is about to, newest first. A try that took no money is no purchase. */
  list(buyerId: string, page: PageRequest): Promise<Page<Purchase>>;
  /** One of a buyer's purchases. @throws `purchase_not_found` */
  get(purchase: { purchaseId: string; buyerId: string }): Promise<Purchase>;
  /**
   * Lets a subscription end with the period that is paid, or takes that back.
   * @throws `purchase_not_found`, `not_a_subscription`
   */
  cancel(purchase: { purchaseId: string; buyerId: string; cancel?: boolean }, tx?: Tx): Promise<Purchase>;
  /** Charges subscriptions whose period is over, and ends those that were cancelled or are not paid on. */
  renewDue(): Promise<{ renewed: number; refused: number; ended: number; unknown: number }>;
}

/** Longer than a charge takes with the SDK's retries; a crash keeps the buyer from trying again for this long. */
const chargingMs = 30 * secondMs;

export interface OrdersOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly charge: ChargePort;
  readonly commissionFor: (listing: Listing) => readonly CommissionRule[];
  readonly related: RelatedPort | undefined;
  readonly settlement: Settlement;
  readonly renewals: Renewals;
}

export function createOrders(options: OrdersOptions): Orders {
  const { database, clock, logger, charge, commissionFor, related, settlement, renewals } = options;

  return {
    async purchase({ buyerId, actorId, listingId, paymentMethodId, purchaseId }) {
      const listing = await findVisible(database, listingId, undefined);
      await assertStranger(listing.publisher.id, buyerId, actorId);
      const order = await openOrder(buyerId, listing, purchaseId);
      const amount = order.purchase.price;
      if (amount === null) return { purchase: order.purchase, payment: null };

      const orderId = order.purchase.id;
      const method = paymentMethodId === undefined ? {} : { paymentMethodId };
      const recurs = order.interval === null ? {} : { renews: true };
      const description = listing.name;
      const answer = await charge({ reference: orderId, buyerId, amount, description, ...method, ...recurs }).catch(
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
          ? await settle({ reference: orderId, paymentId: answer.paymentId, outcome: "succeeded" })
          : await notePayment(database, orderId, answer.paymentId);
      return { purchase: noted ?? order.purchase, payment };
    },

    settle,

    async list(buyerId, { limit, after }) {
      return pageOf(await selectOrders(database, { buyerId, limit: limit + 1, after }), limit, ({ id }) => id);
    },

    async get({ purchaseId, buyerId }) {
      return (await ownOrder(purchaseId, buyerId)).purchase;
    },

    async cancel({ purchaseId, buyerId, cancel = true }, tx) {
      await ownOrder(purchaseId, buyerId, tx);
      return database.transaction(async (tx) => {
        if (!(await setCancel(tx, purchaseId, cancel))) throw marketplaceErrors.not_a_subscription();
        return (await ownOrder(purchaseId, buyerId, tx)).purchase;
      }, tx);
    },

    renewDue: renewals.runDue,
  };

  async function ownOrder(purchaseId: string, buyerId: string, tx?: Tx): Promise<Order> {
    const order = await findOrder(tx ?? database, purchaseId);
    if (order?.buyerId !== buyerId) throw marketplaceErrors.purchase_not_found();
    return order;
  }

  /** Nobody sells to themselves: commission and rating, volume and payout would all be made up. */
  async function assertStranger(publisherId: string, buyerId: string, actorId: string | undefined): Promise<void> {
    const same = publisherId === buyerId || publisherId === actorId;
    if (same || (await related?.({ buyerId, actorId, publisherId }))) throw marketplaceErrors.own_package();
  }

  /** Commits a new order, or takes up the buyer's pending one; a free one is paid in the same transaction. */
  async function openOrder(buyerId: string, listing: Listing, purchaseId: string | undefined): Promise<Order> {
    const now = clock.now();
    const chargingUntil = new Date(now.getTime() + chargingMs);
    const opened = await database.transaction(async (tx) => {
      const begun =
        purchaseId === undefined ? null : await resumeOrder(tx, purchaseId, { buyerId, listing, chargingUntil });
      if (begun && begun.purchase.status !== "failed") return begun;
      // One that failed stays as it is: what is asked for again is another order.
      const id = begun ? createId("pur", now) : (purchaseId ?? createId("pur", now));
      const split = await splitOf(tx, listing);
      const inserted = await insertOrder(tx, { id, buyerId, listing, split, chargingUntil, now });
      if (!inserted) return claimPendingOrder(tx, { buyerId, listingId: listing.id, chargingUntil, now });
      if (listing.price !== null) return inserted;
      const paid = await settlement.pay(tx, id, null);
      return paid ? { ...inserted, purchase: paid } : null;
    });
    if (opened) return opened;
    const current = await findCurrentOrder(database, buyerId, listing.id);
    throw marketplaceErrors.already_purchased({
      detail: current?.status === "pending" ? "This purchase is under way." : "You own this package.",
      fields: { purchaseId: current?.id ?? null, status: current?.status ?? "pending" },
    });
  }

  /** An order that a try before this one began: nobody else charges for it, whatever it says. */
  async function resumeOrder(
    tx: Tx,
    orderId: string,
    { buyerId, listing, chargingUntil }: { buyerId: string; listing: Listing; chargingUntil: Date },
  ): Promise<Order | null> {
    const order = await findOrder(tx, orderId);
    if (order?.buyerId !== buyerId || order.purchase.packageId !== listing.id) return null;
    if (order.purchase.status === "pending") await extendCharging(tx, orderId, chargingUntil);
    return order;
  }

  async function splitOf(tx: Tx, listing: Listing) {
    const { price, publisher } = listing;
    if (price === null) return null;
    const volume = (await findSeller(tx, publisher.id, price.currency))?.volume ?? 0;
    const rules = commissionFor(listing);
    return { price, commission: splitPrice(price, rules, volume).commission, frozen: { rules, volume } };
  }

  async function settle(
    { reference, paymentId, outcome }: Parameters<Orders["settle"]>[0],
    tx?: Tx,
  ): Promise<Purchase | null> {
    const { orderId, number } = readReference(reference);
    return database.transaction(async (tx) => {
      if (number > 1) {
        if (outcome === "succeeded") await settlement.renew(tx, orderId, number, paymentId);
        // A refused renewal is told by the charge itself, and one that waits for the buyer by nobody: both are tried again.
      } else if (outcome === "failed") await markFailed(tx, { orderId, paymentId, now: clock.now() });
      else await settlement.pay(tx, orderId, paymentId);
      return (await findOrder(tx, orderId))?.purchase ?? null;
    }, tx);
  }

  async function noteFailure(orderId: string, error: unknown): Promise<void> {
    if (isRefusal(error)) await markFailed(database, { orderId, paymentId: null, now: clock.now() });
    else await releaseOrder(database, orderId);
  }
}
