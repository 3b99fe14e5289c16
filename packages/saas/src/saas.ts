/** The package's front door. */
import type { Clock, FactEmitter, Logger } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import type { Billing } from "./billing/billing.ts";
import type { Entitlements } from "./entitlements/entitlements.ts";
import type { SaasFacts } from "./facts.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { Meters } from "./metering/meters.ts";
import type { Plans } from "./plans/plans.ts";
import type { Quotas } from "./quotas/quotas.ts";
import type { Usage } from "./usage/usage.ts";

export interface SaasOptions<Feature extends string = string, Tier extends string = string> {
  readonly database: Database;
  /** The machine's clock if left out. */
  readonly clock?: Clock;
  /** {@link standardPlans} if left out. */
  readonly plans?: Plans<Feature, Tier>;
  readonly logger?: Logger;
  readonly facts?: FactEmitter<SaasFacts, Tx>;
}

/** What a customer may use and what they used. `Feature` and `Tier` are the ids of the plans. */
export interface Saas<Feature extends string = string, Tier extends string = string> {
  readonly plans: Plans<Feature, Tier>;
  readonly entitlements: Entitlements<Tier>;
  readonly quotas: Quotas<Feature>;
  readonly meters: Meters<Feature>;
  readonly usage: Usage;
  readonly ledger: Ledger;
  readonly billing: Billing;
}
