/** How much of a plan is used: what a customer sees. */

/** The use of one counted feature. Quantities are in its unit. */
export interface FeatureUsage {
  readonly feature: string;
  readonly kind: "metered" | "allocated";
  /** Reserved units included. */
  readonly used: number;
  /** Without overage: what the plan includes, and what credits add. null is unlimited. */
  readonly limit: number | null;
  /** null is unlimited; never below 0. */
  readonly remaining: number | null;
  /** Of the limit, in tenths rounded down, so 100 is reached with the limit and not before; over 100 after a downgrade. null is unlimited. */
  readonly percent: number | null;
  /** From the feature's lowest threshold on, 80 % unless its rule says otherwise. */
  readonly nearLimit: boolean;
  /** null for standing counts. */
  readonly resetsAt: Date | null;
  /** Of the limit, what the plan includes. */
  readonly included: number | null;
  /** Of the limit, what credits still pay for. Of a pool, each feature could use all of it. */
  readonly credits: number;
  /** Of `used`, what is beyond the limit. */
  readonly overage: number;
  /** Of `used`, what is reserved and neither committed nor released. */
  readonly held: number;
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
