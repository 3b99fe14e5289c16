/** The billing cycle of a subject: where it stands, and what has accumulated in it. */
import { type Money, money } from "@revops/core";
import type { Tx } from "@revops/database";
import type { Cycles } from "../cycles/cycles.ts";
import type { Entitlement } from "../entitlements/entitlement.ts";
import type { Entitlements } from "../entitlements/entitlements.ts";
import type { Statement } from "../rating/statement.ts";
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
  readonly cycles: Pick<Cycles, "preview">;
}

export function createBilling({ entitlements, usage, cycles }: BillingOptions): Billing {
  return {
    async cycle(subjectId, tx) {
      const entitlement = await entitlements.of(subjectId, tx);
      const { cycle, features } = await usage.report(subjectId, tx);
      const { statement } = await cycles.preview(subjectId, tx);
      return {
        subjectId,
        tier: entitlement.tier,
        state: stateOf(entitlement),
        ...cycle,
        amount: entitlement.plan.price,
        usage: features.map((used) => ({ ...used, cost: costOf(statement, used.feature) })),
        accrued: statement.total,
        statement,
      };
    },
  };
}

function costOf({ lines, currency }: Statement, feature: string): Money {
  return lines.find((line) => line.kind === "usage" && line.feature === feature)?.amount ?? money(0, currency);
}

function stateOf({ status, cycle }: Entitlement): BillingCycleState {
  if (status === "past_due") return "past_due";
  return cycle.kind === "billed" && status === "active" ? "paid" : "active";
}
