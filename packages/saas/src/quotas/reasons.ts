/** What decided about a use beyond the plain limit. Plain data in the feature's smallest unit. */
import type { LimitSource } from "../entitlements/agreement.ts";
import type { PlanFeature } from "../plans/feature.ts";
import type { PlanTier } from "../plans/tier.ts";
import type { SpendCapKind } from "./spend.ts";

export interface Reasons {
  /** What this use was taken from; null for a refusal or a repeat. */
  readonly drawn: { readonly included: number; readonly credits: number; readonly overage: number } | null;
  /** Of the period's use, what credits paid for. */
  readonly credited: number;
  /** What credits still pay for. */
  readonly creditsLeft: number;
  readonly overage: number;
  readonly soft: boolean;
  /** The most that one use could take now; null is unlimited. */
  readonly most: number | null;
  /** The cap that stood in the way; null where it was the limit itself, or nothing. */
  readonly cap: ReasonCap | null;
  /** Only for a refusal: all that it was made from. */
  readonly inputs?: VerdictInputs | undefined;
}

export type ReasonCap =
  | {
      readonly kind: "hour" | "day";
      readonly limit: number;
      readonly used: number;
      readonly endsAt: Date;
    }
  | { readonly kind: "spend"; readonly cap: SpendCapKind };

/** All that a verdict was made from, as plain JSON, so that it can be made again. Times are ISO 8601. */
export interface VerdictInputs {
  readonly at: string;
  readonly quantity: number;
  readonly feature: PlanFeature;
  readonly tier: string;
  /** The tier as the subject really has it. */
  readonly plan: PlanTier;
  /** That the tier was bought from; null is the catalog's. */
  readonly planVersion: string | null;
  /** The version of the catalog. */
  readonly catalog: string;
  readonly limitFrom: LimitSource;
  readonly period: { readonly start: string; readonly end: string } | null;
  readonly used: number;
  readonly credited: number;
  readonly limit: number | null;
  /** As the limit where it was kept before there was any difference. */
  readonly free?: number | null;
  readonly held?: number;
  readonly soft: boolean;
  readonly windows: readonly {
    readonly interval: "hour" | "day";
    readonly limit: number;
    readonly used: number;
    readonly endsAt: string;
  }[];
  /** In the order of drawing. */
  readonly credits: readonly { readonly id: string; readonly remaining: number; readonly rate: number }[];
  readonly spend: {
    readonly units: number | null;
    readonly featureAmount: number | null;
    readonly totalAmount: number | null;
    /** What overage of the other features cost, in minor units. */
    readonly elsewhere: string;
  };
}
