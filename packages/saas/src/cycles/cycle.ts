/** A billing cycle that is over, and a look at the one under way. */
import type { Money } from "@revops/core";
import type { BillingCycleState } from "../billing/billing-cycle.ts";
import type { Statement } from "../rating/statement.ts";

/** A closed cycle. Its statement stands as it was closed. */
export interface ClosedCycle {
  readonly id: string;
  readonly subjectId: string;
  /** In force in its last instant. */
  readonly tier: string;
  readonly planVersion: string | null;
  readonly start: Date;
  /** The first instant that does not belong to it. */
  readonly end: Date;
  /** `active` until it is known to be paid. */
  readonly state: BillingCycleState;
  readonly statement: Statement;
  readonly closedAt: Date;
}

/** What a cycle comes to so far: the statement as it would be closed now. */
export interface CyclePreview {
  readonly subjectId: string;
  readonly tier: string;
  readonly planVersion: string | null;
  readonly start: Date;
  readonly end: Date;
  readonly statement: Statement;
}

/** What a cycle would have come to under another tier, with the same use. */
export interface WhatIfCycle {
  /** null for the cycle under way. */
  readonly cycleId: string | null;
  readonly start: Date;
  readonly end: Date;
  readonly tier: string;
  /** As it was, or is so far. */
  readonly actual: Money;
  readonly statement: Statement;
  /** Features of which more was used than the tier's hard limit would have admitted. */
  readonly overLimit: readonly { readonly feature: string; readonly used: string; readonly limit: string }[];
}

export interface WhatIf {
  readonly tier: string;
  /** Newest first. */
  readonly cycles: readonly WhatIfCycle[];
  readonly actual: Money;
  readonly total: Money;
}

/** What a change of tier would do now, for subjects whom Stripe does not bill. */
export interface ChangePreview {
  readonly tier: string;
  readonly kind: "upgrade" | "downgrade" | "none";
  /** An upgrade is now, a downgrade at the end of the period. */
  readonly effectiveAt: Date;
  /** What is to be paid for it now: the new price less what is left of the old one. */
  readonly statement: Statement;
}
