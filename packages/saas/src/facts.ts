import type { CreditAccount } from "./credits/credit.ts";
import type { Statement } from "./rating/statement.ts";

/** What this package tells the others, inside the transaction in which it happened. */
export interface SaasFacts {
  /** A subject's tier is another one from `at` on. */
  "tier.changed": {
    readonly subjectId: string;
    readonly from: string;
    readonly to: string;
    readonly at: Date;
  };
  /** A subject has its tier in another version of the plans from `at` on. What Stripe charges for it is for whoever bills to change. */
  "plan.migrated": {
    readonly subjectId: string;
    readonly tier: string;
    readonly planVersion: string;
    readonly at: Date;
  };
  /** A billing cycle was closed: its statement stands. Once a cycle, in the transaction that closes it. */
  "cycle.closed": {
    readonly subjectId: string;
    readonly cycleId: string;
    readonly tier: string;
    readonly period: { readonly start: Date; readonly end: Date };
    /**
     * Metered use that no statement counted before, in the feature's unit: of this cycle, and what arrived late or was
     * corrected (then below zero at times) of earlier ones. Summed up over all cycles it is all that was used.
     */
    readonly usage: readonly { readonly feature: string; readonly quantity: string }[];
    readonly statement: Statement;
    readonly at: Date;
  };
  /** Use crossed a threshold below the limit: once for each period (of a standing count: for each cycle), limit and threshold. */
  "quota.near_limit": QuotaAlert;
  /** Use reached the limit, or a threshold beyond it: as often. */
  "quota.reached": QuotaAlert;
  /** Use has left a fifth or less of an account's credits, as they were given: each time that it comes to that. */
  "credits.low": CreditAlert;
  /** Use has taken the last of them. */
  "credits.exhausted": CreditAlert;
}

/** Quantities are in the account's unit. */
export interface CreditAlert {
  readonly subjectId: string;
  readonly account: CreditAccount;
  readonly remaining: number;
  /** What the grants were given that are not over or used up, the plan's of this period among them. */
  readonly given: number;
  readonly at: Date;
}

/** Quantities are in the feature's unit. */
export interface QuotaAlert {
  readonly subjectId: string;
  readonly feature: string;
  readonly tier: string;
  /** Percent of the limit that was crossed. */
  readonly threshold: number;
  readonly limit: number;
  /** Reserved units included. */
  readonly used: number;
  /** null for standing counts. */
  readonly resetsAt: Date | null;
  readonly at: Date;
}
