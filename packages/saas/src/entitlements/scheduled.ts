/** What a scheduled change makes of the terms. Pure. */
import type { Plans } from "../plans/plans.ts";
import type { Agreement, LostTier, ScheduledChange } from "./agreement.ts";
import type { StoredTerms } from "./terms.ts";

/**
 * The terms from a scheduled change on. To the base tier: a new 30-day cycle at 0, as at the end of a subscription. To
 * another tier: that tier in the same cycle, with the usage of the period, at the present version's price.
 */
export function scheduledTerms(
  current: StoredTerms,
  { tier, reason }: ScheduledChange,
  plans: Plans,
  at: Date,
): StoredTerms {
  if (tier === plans.base.id) {
    const lapsed = reason === "grace_end" ? { lapsed: current.tier, lost: lostTier(current) } : {};
    return {
      ...current,
      ...baseTerms(plans, at),
      agreement: keptAfterEnd(current.agreement, lapsed),
      version: current.version + 1,
    };
  }
  const { addOns, grants } = current.agreement ?? {};
  return {
    ...current,
    tier,
    status: "active",
    planVersion: plans.version,
    agreement: orNull({ ...(addOns ? { addOns } : {}), ...(grants ? { grants } : {}) }),
    since: at,
    version: current.version + 1,
  };
}

/** The base tier in 30-day cycles from an instant. */
export function baseTerms(plans: Plans, at: Date): Omit<StoredTerms, "subjectId" | "version" | "agreement"> {
  return {
    tier: plans.base.id,
    status: "active",
    interval: "30_days",
    anchor: at,
    billedStart: null,
    billedEnd: null,
    usageSince: at,
    since: at,
    planVersion: plans.version,
  };
}

/** Grants were given to the customer, everything else to what was bought. */
export function keptAfterEnd(
  agreement: Agreement | null,
  added: Pick<Agreement, "lapsed" | "lost"> = {},
): Agreement | null {
  const { grants } = agreement ?? {};
  return orNull({ ...(grants ? { grants } : {}), ...added });
}

/** What comes back with the payment. */
export function lostTier({ tier, planVersion, agreement }: StoredTerms): LostTier {
  const { overrides, addOns } = agreement ?? {};
  return { tier, planVersion, ...(overrides ? { overrides } : {}), ...(addOns ? { addOns } : {}) };
}

/** An agreement about nothing is none. */
export function orNull(agreement: Agreement): Agreement | null {
  return Object.keys(agreement).length > 0 ? agreement : null;
}
