/** What this package tells the others, inside the transaction in which it happened. */
export interface SaasFacts {
  /** A subject's tier is another one from `at` on. */
  "tier.changed": {
    readonly subjectId: string;
    readonly from: string;
    readonly to: string;
    readonly at: Date;
  };
  /** Use crossed a threshold below the limit: once for each period (of a standing count: for each cycle), limit and threshold. */
  "quota.near_limit": QuotaAlert;
  /** Use reached the limit, or a threshold beyond it: as often. */
  "quota.reached": QuotaAlert;
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
