/** Credits as their owner sees them. Quantities are in the pool's or the feature's unit. */
import type { CreditEntryKind, CreditSourceKind } from "./grant.ts";

/** What may be drawn: a pool that features draw from at rates, or one feature's own units. */
export type CreditAccount =
  | { readonly pool: string; readonly feature: null }
  | { readonly pool: null; readonly feature: string };

/** Units that were given beside the plan. */
export interface Credit {
  readonly id: string;
  readonly subjectId: string;
  readonly account: CreditAccount;
  readonly source: CreditSourceKind;
  readonly amount: number;
  /** 0 once it has ended. */
  readonly remaining: number;
  /** The lower one is drawn first. */
  readonly priority: number;
  readonly effectiveAt: Date;
  /** null lasts until it is used. */
  readonly expiresAt: Date | null;
  readonly state: "pending" | "active" | "used" | "expired" | "void";
}

/** What is left of an account. */
export interface CreditBalance {
  readonly account: CreditAccount;
  /** What may be drawn now. */
  readonly remaining: number;
  /** In the order in which they are drawn. */
  readonly credits: readonly Credit[];
}

/** One entry of a credit's ledger. */
export interface CreditLedgerEntry {
  readonly entry: number;
  readonly kind: CreditEntryKind;
  /** Signed. */
  readonly quantity: number;
  readonly at: Date;
}
