/** Sellers: what publishers earned, what was taken back, and what they are owed. */
import { type Clock, isStorableText, type Page, type PageRequest, pageOf } from "@revops/core";
import type { Database } from "@revops/database";
import { marketplaceErrors } from "../errors.ts";
import type { SellerEntry, SellerEntryKind } from "./entry.ts";
import {
  balanceBefore,
  heldAmount,
  lockSeller,
  selectEntries,
  selectSellers,
  selectUnbalanced,
  totalsBetween,
} from "./store.ts";

/** Minor units of `currency`. */
export interface SellerBalance {
  readonly currency: string;
  /** What the marketplace owes the publisher; negative when more was taken back than earned since. */
  readonly balance: number;
  /** Of it, what is not yet held long enough to be paid out. */
  readonly held: number;
  /** What the next payout may take; negative is carried to the next. */
  readonly available: number;
  /** What buyers paid in all, less what went back. */
  readonly volume: number;
}

/** `opening` + the sum of `lines` − `closing` is 0. Minor units of `currency`. */
export interface Statement {
  readonly currency: string;
  readonly from: Date;
  /** Not included. */
  readonly to: Date;
  readonly opening: number;
  readonly lines: readonly {
    readonly kind: SellerEntryKind;
    readonly count: number;
    readonly gross: number;
    readonly commission: number;
    readonly amount: number;
  }[];
  readonly closing: number;
}

export interface Sellers {
  /** One for each currency that the publisher has ever earned in. */
  balances(publisherId: string): Promise<SellerBalance[]>;
  /**
   * What changed a balance within a time.
   * @throws `invalid_statement` when `to` is not after `from`
   * @example await sellers.statement({ publisherId, currency: "usd", from: new Date("2026-11-01"), to: new Date("2026-12-01") })
   */
  statement(period: { publisherId: string; currency: string; from: Date; to: Date }): Promise<Statement>;
  /** Every change of a balance, newest first. */
  entries(seller: { publisherId: string; currency: string }, page: PageRequest): Promise<Page<SellerEntry>>;
  /** Balances that are not the sum of their entries: none, unless somebody wrote into the database. */
  verify(): Promise<{ publisherId: string; currency: string; balance: number; sum: number }[]>;
}

export function createSellers({ database, clock }: { database: Database; clock: Clock }): Sellers {
  return {
    async balances(publisherId) {
      const now = clock.now();
      const rows = await selectSellers(database, publisherId);
      return Promise.all(
        rows.map(async ({ currency, balance, volume }) => {
          const held = await heldAmount(database, publisherId, currency, now);
          return { currency, balance, held, available: balance - held, volume };
        }),
      );
    },

    async statement({ publisherId, currency, from, to }) {
      if (!(from < to)) throw marketplaceErrors.invalid_statement({ detail: "`to` is after `from`." });
      // With the seller's row held: what is booked between two of these looks would not add up.
      return database.transaction(async (tx) => {
        await lockSeller(tx, publisherId, currency);
        const opening = await balanceBefore(tx, publisherId, currency, from);
        const lines = await totalsBetween(tx, { publisherId, currency, from, to });
        const closing = await balanceBefore(tx, publisherId, currency, to);
        return { currency, from, to, opening, lines, closing };
      });
    },

    async entries({ publisherId, currency }, { limit, after }) {
      const before = after === undefined ? undefined : Number(after);
      if (!isStorableText(currency)) return { data: [], next: null };
      const rows = await selectEntries(database, { publisherId, currency, limit: limit + 1, before });
      return pageOf(rows, limit, ({ number }) => String(number));
    },

    verify: () => selectUnbalanced(database),
  };
}
