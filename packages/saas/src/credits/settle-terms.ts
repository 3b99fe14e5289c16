/** What terms brought is theirs, whoever looks and when: it is written down when others take over. */
import type { Tx } from "@revops/database";
import type { Terms } from "../entitlements/terms.ts";
import type { Plans } from "../plans/plans.ts";
import type { QuotaStore } from "../quotas/store.ts";
import { presentGrants } from "./present-grants.ts";
import type { CreditStore } from "./store.ts";

export interface SettleTermsOptions {
  readonly plans: Plans;
  readonly store: QuotaStore;
  readonly credits: CreditStore;
}

/**
 * The next terms know neither the periods nor the credits of those before: without this, what rolls over would depend on
 * whether anybody had looked meanwhile.
 */
export function createSettleTerms({ plans, store, credits }: SettleTermsOptions) {
  return async (tx: Tx, terms: Terms, until: Date): Promise<void> => {
    const { subjectId, plan, since } = terms;
    // Replaced in the very millisecond in which they came, they were never in force.
    if (Object.keys(plan.credits).length === 0 || until <= since) return;
    await store.lockSubjects(tx, [subjectId], until);
    const grants = await credits.open(tx, [subjectId]);
    // As of their last instant: a period that begins with the next terms is theirs.
    const last = new Date(until.getTime() - 1);
    await credits.write(tx, presentGrants(grants, { ...terms, next: null }, last, plans));
  };
}
