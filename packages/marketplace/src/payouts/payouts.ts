/** Payouts: what publishers are owed, moved to their accounts. What is stored here is sent by `sending.ts`. */
import {
  type Clock,
  createId,
  dayMs,
  type FactEmitter,
  type Logger,
  money,
  type Page,
  type PageRequest,
  pageOf,
} from "@revops/core";
import type { Database, Tx } from "@revops/database";
import { marketplaceErrors } from "../errors.ts";
import type { MarketplaceFacts } from "../facts.ts";
import type { Books } from "../sellers/books.ts";
import { heldAmount, lockSeller, selectPositiveSellers, sumReversed } from "../sellers/store.ts";
import type { Payout, PayoutPort } from "./payout.ts";
import { createSending } from "./sending.ts";
import {
  findPayout,
  hasFailedSince,
  insertPayout,
  type PayoutRow,
  resumePayout,
  selectPayouts,
  toPayout,
} from "./store.ts";

export interface PayoutTerms {
  /** How long earnings are held before they may be paid out, in days: 14 unless said otherwise. */
  readonly holdDays?: number;
  /** Less than this, in minor units of the currency, waits for the next payout: 1,000 unless said otherwise. */
  readonly minimum?: number;
}

export interface PayoutsRun {
  /** Stored now. */
  readonly made: number;
  /** Known to be with their publishers now. */
  readonly paid: number;
  readonly failed: number;
}

export interface Payouts {
  /**
   * Pays every publisher who has an account what is owed and held long enough, and sends again what a crash or a lost
   * answer left open. A payout is committed before anyone is called and its id is the transfer's reference: nothing is
   * sent twice. Less than the minimum, and a negative balance, are carried to the next run.
   * @param options `retryAfterMs`: whose last payout failed less long ago is left out; nobody, when it is not given. What `jobs` runs
   *   every hour tries again after a day: a closed account is no news more often.
   */
  run(options?: { readonly retryAfterMs?: number | undefined }): Promise<PayoutsRun>;
  /**
   * Pays one publisher now.
   * @param seller `payoutId`: the id that the payout gets (`po_…`): given again after a crash, it is the same payout
   * @throws `payouts_unavailable`, `payout_account_required`, `nothing_to_pay_out` (fields.available and fields.minimum)
   */
  payNow(seller: { publisherId: string; currency: string; payoutId?: string | undefined }): Promise<Payout>;
  /**
   * Notes that so much of a payout's transfer came back in all: it is owed to the publisher again, and paid with the next
   * payout. Safe to repeat: only more than was known changes anything. A reference that is no payout changes nothing.
   */
  reversed(transfer: { reference: string; amountReversed: number }, tx?: Tx): Promise<void>;
  /** Newest first. */
  list(publisherId: string, page: PageRequest): Promise<Page<Payout>>;
}

const standardHoldDays = 14;
const standardMinimum = 1_000;
const batch = 50;

export function createPayouts(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly books: Books;
  readonly port: PayoutPort | undefined;
  readonly terms: PayoutTerms;
  readonly facts: FactEmitter<MarketplaceFacts, Tx> | undefined;
}): Payouts {
  const { database, clock, books, port, facts } = options;
  const sending = createSending(options);
  const minimum = options.terms.minimum ?? standardMinimum;

  return {
    async run({ retryAfterMs } = {}) {
      if (!port) return { made: 0, paid: 0, failed: 0 };
      const notFailedSince = retryAfterMs === undefined ? null : new Date(clock.now().getTime() - retryAfterMs);
      const made = await makeAll(port, notFailedSince);
      return { made, ...(await sending.send(port)) };
    },

    async payNow({ publisherId, currency, payoutId }) {
      if (!port) throw marketplaceErrors.payouts_unavailable();
      const accountId = await port.accountOf(publisherId);
      if (accountId === null) throw marketplaceErrors.payout_account_required();
      const made = await make(publisherId, currency, accountId, payoutId);
      if (!("id" in made)) {
        throw marketplaceErrors.nothing_to_pay_out({
          detail: `${made.available} ${currency} are due; ${minimum} is the least that is paid out.`,
          fields: { available: made.available, minimum, currency },
        });
      }
      await sending.send(port, made.id);
      return toPayout((await findPayout(database, made.id)) ?? made);
    },

    reversed: ({ reference: payoutId, amountReversed }, tx) =>
      database.transaction(async (inside) => {
        const payout = await findPayout(inside, payoutId);
        if (!payout) return;
        const { publisherId, currency, amount } = payout;
        await lockSeller(inside, publisherId, currency);
        const before = await sumReversed(inside, payoutId);
        const more = Math.min(amountReversed, amount) - before;
        if (more <= 0) return;
        const change = { payoutId, publisherId, currency, amount: more, at: clock.now() };
        await books.payOut(inside, { ...change, kind: "payout_reversed", step: before + more });
        await facts?.emit(inside, "payout.reversed", { payout: toPayout(payout), amount: money(more, currency) });
      }, tx),

    async list(publisherId, { limit, after }) {
      return pageOf(await selectPayouts(database, { publisherId, limit: limit + 1, after }), limit, ({ id }) => id);
    },
  };

  async function makeAll({ accountOf }: PayoutPort, notFailedSince: Date | null): Promise<number> {
    let made = 0;
    for (let after: { publisherId: string; currency: string } | undefined; ; ) {
      const sellers = await selectPositiveSellers(database, { after, limit: batch });
      for (const { publisherId, currency, balance } of sellers) {
        if (balance < minimum) continue;
        if (notFailedSince && (await hasFailedSince(database, { publisherId, currency }, notFailedSince))) continue;
        const accountId = await accountOf(publisherId);
        if (accountId !== null && "id" in (await make(publisherId, currency, accountId))) made++;
      }
      after = sellers.at(-1);
      if (sellers.length < batch) return made;
    }
  }

  /** Stores a payout of all that is due, with the seller's row held, so that nothing is promised twice. */
  function make(
    publisherId: string,
    currency: string,
    accountId: string,
    payoutId?: string,
  ): Promise<PayoutRow | { available: number }> {
    return database.transaction(async (tx) => {
      const begun = payoutId === undefined ? null : await resumePayout(tx, { id: payoutId, publisherId, currency });
      if (begun) return begun;
      const seller = await lockSeller(tx, publisherId, currency);
      const now = clock.now();
      const available = seller === null ? 0 : seller.balance - (await heldAmount(tx, publisherId, currency, now));
      if (available < Math.max(minimum, 1)) return { available };
      const id = payoutId ?? createId("po", now);
      const payout = await insertPayout(tx, {
        id,
        publisherId,
        currency,
        amount: available,
        accountId,
        status: "pending",
        open: true,
        sendingUntil: null,
        transferId: null,
        failure: null,
        createdAt: now,
        settledAt: null,
      });
      if (!payout) return { available: 0 };
      await books.payOut(tx, { payoutId: id, publisherId, currency, amount: available, kind: "payout", at: now });
      return payout;
    });
  }
}

/** @throws RangeError: wrong terms are the programmer's mistake, found when the marketplace is made. */
export function holdMsOf({ holdDays = standardHoldDays, minimum = standardMinimum }: PayoutTerms): number {
  if (!Number.isSafeInteger(minimum) || minimum < 0) throw new RangeError("payouts.minimum is 0 or more minor units");
  if (!(holdDays >= 0 && holdDays <= 366)) throw new RangeError("payouts.holdDays is 0 to 366");
  return holdDays * dayMs;
}
