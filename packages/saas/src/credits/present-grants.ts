/** A subject's grants as they are now, by its present terms. Pure. */
import { toScaled } from "@revops/core";
import { presentOf, type Terms, termsAt, usagePeriod } from "../entitlements/terms.ts";
import type { Plans } from "../plans/plans.ts";
import type { PlanTier } from "../plans/tier.ts";
import type { LiveGrant } from "./grant.ts";
import { grantKey } from "./keys.ts";
import { poolAccount } from "./rates.ts";
import { type PlanCredits, settleGrants } from "./settle-grants.ts";

/** @param grants all of the subject's that are not over */
export function presentGrants(grants: readonly LiveGrant[], terms: Terms, now: Date, plans: Plans): LiveGrant[] {
  const { subjectId, since } = terms;
  const at = presentOf(terms, now);
  return settleGrants(grants, {
    subjectId,
    now: at,
    version: termsAt(terms, at).version,
    plan: planCredits(termsAt(terms, at).plan, plans),
    present: usagePeriod(terms, at),
    since,
    periodOf: (edge) => (edge < since ? null : usagePeriod(terms, edge)),
    keyOf: (id) => grantKey(subjectId, id),
  });
}

function planCredits({ credits }: PlanTier, { pools }: Plans): PlanCredits[] {
  return Object.entries(credits).flatMap(([id, { amount, priority, rollover }]) => {
    const pool = pools.find((known) => known.id === id);
    if (!pool) return [];
    const cap = rollover?.cap == null ? null : toScaled(rollover.cap, pool.decimals);
    return [
      {
        account: poolAccount(id),
        amount: toScaled(amount, pool.decimals),
        priority,
        rollover: rollover === null ? null : { cap, days: null },
      },
    ];
  });
}
