/** A billing cycle as its customer sees it. */
import type { Money } from "@revops/core";
import type { Statement } from "../rating/statement.ts";
import type { FeatureUsage } from "../usage/report.ts";

/**
 * - `active`: under way with nothing to pay through Stripe (a free tier, a trial, a custom contract); closed and not paid yet
 * - `paid`: paid for
 * - `past_due`: its payment failed and is tried again
 */
export type BillingCycleState = "active" | "paid" | "past_due";

/** The cycle that is under way. */
export interface BillingCycle {
  readonly subjectId: string;
  readonly tier: string;
  readonly state: BillingCycleState;
  readonly start: Date;
  readonly end: Date;
  /** Rounded up: 1 on the last day. */
  readonly daysRemaining: number;
  /** The tier's price for one interval; null is a custom price. */
  readonly amount: Money | null;
  /** Accumulated since the usage period's start. */
  readonly usage: readonly FeatureCost[];
  /** What the cycle comes to so far, the tier's price included: the total of {@link Cycles.preview}. */
  readonly accrued: Money;
  readonly statement: Statement;
}

/** The use of a feature and what it costs so far, besides the tier's price. */
export interface FeatureCost extends FeatureUsage {
  readonly cost: Money;
}
