/** What a subject is entitled to, and since when. */
import type { Interval, Money } from "@revops/core";
import type { PlanTier } from "../plans/tier.ts";
import type { LimitGrant, ScheduledChange } from "./agreement.ts";

/** A subscription's status, in Stripe's words: https://docs.stripe.com/api/subscriptions/object#subscription_object-status */
export type EntitlementStatus =
  | "active"
  | "trialing"
  | "past_due"
  | "incomplete"
  | "incomplete_expired"
  | "unpaid"
  | "paused"
  | "canceled";

/** A billing period as Stripe tells it. */
export interface BillingPeriod {
  /** Stripe's `billing_cycle_anchor`. */
  readonly anchor: Date;
  readonly interval: "month" | "year";
  readonly start: Date;
  readonly end: Date;
}

/** What divides a subject's time into usage periods. */
export type EntitlementCycle =
  /** 30 times 24 hours each, counted from the anchor: tiers that nobody is charged for by Stripe. */
  | { readonly kind: "fixed"; readonly anchor: Date; readonly days: 30 }
  /** Stripe's own months or years. */
  | { readonly kind: "billed"; readonly billing: BillingPeriod };

/** The entitlement of a subject at an instant. */
export interface Entitlement {
  readonly subjectId: string;
  readonly tier: string;
  readonly status: EntitlementStatus;
  readonly cycle: EntitlementCycle;
  /** The usage period that the instant is in: start included, end excluded. */
  readonly period: Interval;
  /** Counts up with each change. */
  readonly version: number;
  /** When the last change took effect. */
  readonly since: Date;
  /** The tier as this subject has it: of the version that it bought, with overrides, add-ons and grants. */
  readonly plan: PlanTier;
  /** The version of the plans that it was bought from; null is the present one. */
  readonly planVersion: string | null;
  /** Given by hand, not by Stripe. */
  readonly pinned: boolean;
  /** The end of a trial or of the grace after `past_due`, or a downgrade to come. */
  readonly scheduled: (Omit<ScheduledChange, "at"> & { readonly at: Date }) | null;
  readonly addOns: readonly {
    readonly id: string;
    readonly name: string;
    readonly price: Money;
    readonly quantity: number;
  }[];
  readonly grants: readonly LimitGrant[];
}
