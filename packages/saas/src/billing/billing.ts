/** The billing cycle of a subject: where it stands, and what has accumulated in it. */
import type { Tx } from "@revops/database";
import type { Entitlement } from "../entitlements/entitlement.ts";
import type { Entitlements } from "../entitlements/entitlements.ts";
import type { Usage } from "../usage/usage.ts";
import type { BillingCycle, BillingCycleState } from "./billing-cycle.ts";

export interface Billing {
  /**
   * The cycle under way, with days remaining, state, amount and accumulated usage.
   * @throws `subject_not_found`
   */
  cycle(subjectId: string, tx?: Tx): Promise<BillingCycle>;
}

export interface BillingOptions {
  readonly entitlements: Entitlements;
  readonly usage: Usage;
}

export function createBilling({ entitlements, usage }: BillingOptions): Billing {
  return {
    async cycle(subjectId, tx) {
      const entitlement = await entitlements.of(subjectId, tx);
      const { cycle, features } = await usage.report(subjectId, tx);
      return {
        subjectId,
        tier: entitlement.tier,
        state: stateOf(entitlement),
        ...cycle,
        amount: entitlement.plan.price,
        usage: features,
      };
    },
  };
}

function stateOf({ status, cycle }: Entitlement): BillingCycleState {
  if (status === "past_due") return "past_due";
  return cycle.kind === "billed" && status === "active" ? "paid" : "active";
}
