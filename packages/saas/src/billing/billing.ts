import type { Tx } from "@revops/database";
import type { BillingCycle } from "./billing-cycle.ts";

export interface Billing {
  cycle(subjectId: string, tx?: Tx): Promise<BillingCycle>;
}
