/** How much of a plan is used: what a customer sees. */

/** The use of one counted feature. Quantities are in its unit. */
export interface FeatureUsage {
  readonly feature: string;
  readonly kind: "metered" | "allocated";
  readonly used: number;
  /** null is unlimited. */
  readonly limit: number | null;
  /** null is unlimited; never below 0. */
  readonly remaining: number | null;
  /** Of the limit, in tenths rounded down, so 100 is reached with the limit and not before; over 100 after a downgrade. null is unlimited. */
  readonly percent: number | null;
  /** From 80 % of the limit on. */
  readonly nearLimit: boolean;
  /** null for standing counts. */
  readonly resetsAt: Date | null;
}

/** The use of all counted features in the present period. */
export interface UsageReport {
  readonly tier: string;
  readonly cycle: {
    readonly start: Date;
    readonly end: Date;
    /** Rounded up: 1 on the last day. */
    readonly daysRemaining: number;
  };
  readonly features: readonly FeatureUsage[];
}
