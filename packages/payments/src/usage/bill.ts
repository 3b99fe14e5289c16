/** What Stripe is to charge for a closed billing cycle, and whether it did. */
import type { Money } from "@revops/core";

/** A closed cycle with its statement, as the fact `cycle.closed` tells of it. */
export interface CycleToBill {
  readonly subjectId: string;
  /** Unique for ever: a second telling changes nothing. */
  readonly cycleId: string;
  readonly tier: string;
  readonly period: { readonly start: Date; readonly end: Date };
  readonly statement: {
    readonly currency: string;
    readonly lines: readonly StatementLineToBill[];
    readonly total: Money;
  };
}

export interface StatementLineToBill {
  /** Unique in its statement. */
  readonly id: string;
  /** `base` is the tier's own price, which Stripe charges in advance. */
  readonly kind: string;
  readonly description: string;
  readonly feature: string | null;
  readonly amount: Money;
  /** Of use: the quantity that the price was applied to, as decimal text; null where nothing is priced by quantity. */
  readonly charged?: string | null | undefined;
}

/**
 * - `subscription`: charged by the subscription's own price
 * - `meter`: as a meter event, priced by Stripe
 * - `item`: its exact amount, as an item on an invoice of the subscription
 * - `invoice`: its exact amount, on an invoice of the cycle's own, since no subscription is there (any more)
 * - `nothing`: there is nothing to charge
 */
export type Channel = "subscription" | "meter" | "item" | "invoice" | "nothing";

/**
 * - `sending`: Stripe has not been told everything
 * - `waiting`: told; an invoice that it is on can still change
 * - `matched`: Stripe charged every line to the cent
 * - `differs`: it did not, see the lines' `difference`
 * - `unbilled`: it is not charged as long as its {@link UnbilledReason} stands
 */
export type BillState = "sending" | "waiting" | "matched" | "differs" | "unbilled";

/**
 * Why a cycle without a subscription is not charged by itself.
 * - `no_payment_method`: there is nothing to charge it to; it is, as soon as there is
 * - `sold_by_hand`: its statement has the price of a tier that nobody bought at Stripe, so who sold it says how it is paid
 */
export type UnbilledReason = "no_payment_method" | "sold_by_hand";

export interface UsageBill {
  readonly cycleId: string;
  readonly subjectId: string;
  readonly tier: string;
  readonly periodStart: Date;
  /** The first instant that does not belong to it. */
  readonly periodEnd: Date;
  /** Of the statement. */
  readonly total: Money;
  readonly state: BillState;
  /** Of a bill that is `unbilled`; null otherwise. */
  readonly reason: UnbilledReason | null;
  /** The invoice that charges the cycle's use; null while there is none. */
  readonly stripeInvoiceId: string | null;
  readonly createdAt: Date;
  /** When it was last compared with Stripe. */
  readonly checkedAt: Date | null;
}

export interface UsageBillLine {
  readonly id: string;
  readonly kind: string;
  readonly description: string;
  readonly feature: string | null;
  /** Null until it is decided. */
  readonly channel: Channel | null;
  /** What went to the meter; null for the other channels. */
  readonly quantity: string | null;
  /** By our rating. */
  readonly amount: Money;
  /** On Stripe's invoices; null while they can still change. */
  readonly stripeAmount: Money | null;
  /** Stripe's less ours, in minor units; null while it is not known. */
  readonly difference: number | null;
}

export interface UsageBillWithLines extends UsageBill {
  /** Those that only Stripe's invoice has are at the end, with an amount of zero. */
  readonly lines: readonly UsageBillLine[];
}
