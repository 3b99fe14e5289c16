/** The package's front door. */
import { type Clock, type FactEmitter, type Logger, minuteMs, silentLogger, systemClock } from "@revops/core";
import { type Database, type Handle, repeating, type Tx } from "@revops/database";
import { type Billing, createBilling } from "./billing/billing.ts";
import { type Credits, createCredits } from "./credits/credits.ts";
import { checkParts, poolRates } from "./credits/rates.ts";
import { createSettleTerms } from "./credits/settle-terms.ts";
import { createCreditStore } from "./credits/store.ts";
import { createClosing } from "./cycles/closing.ts";
import { type Cycles, createCycles } from "./cycles/cycles.ts";
import { createDiscounts } from "./cycles/discounts.ts";
import { createDrafts } from "./cycles/drafts.ts";
import { createCycleStore } from "./cycles/store.ts";
import type { Deduction } from "./cycles/usage-of-cycle.ts";
import { createEntitlements, type Entitlements } from "./entitlements/entitlements.ts";
import { createEntitlementStore } from "./entitlements/store.ts";
import type { Terms } from "./entitlements/terms.ts";
import type { SaasFacts } from "./facts.ts";
import { createLedger, type Ledger } from "./ledger/ledger.ts";
import { createLedgerStore } from "./ledger/store.ts";
import { createCorrections } from "./metering/corrections.ts";
import { checkLateness, type Lateness } from "./metering/event-rules.ts";
import { createMetering } from "./metering/metering.ts";
import { createMeters, type Meters } from "./metering/meters.ts";
import { createRemembered } from "./metering/remembered.ts";
import { scopeNow } from "./metering/scope.ts";
import { createCatalog } from "./plans/catalog.ts";
import type { Plans } from "./plans/plans.ts";
import { standardPlans } from "./plans/standard.ts";
import { createPlanVersions, type PlanVersions } from "./plans/versions.ts";
import { createQuotaRules } from "./quotas/quota-rules.ts";
import { createQuotas, type Quotas } from "./quotas/quotas.ts";
import { createQuotaStore } from "./quotas/store.ts";
import { overageCost } from "./rating/overage.ts";
import { commitEvents } from "./reservations/commit-events.ts";
import { createReservationStore } from "./reservations/store.ts";
import { createUsage, type Usage } from "./usage/usage.ts";
import { createVerdictStore } from "./verdicts/store.ts";

export interface SaasOptions {
  readonly database: Database;
  /** The machine's clock if left out. */
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly facts?: FactEmitter<SaasFacts, Tx>;
  /** How late an event is still counted (35 days if left out) and how far ahead of the clock (5 minutes). */
  readonly lateness?: Partial<Lateness>;
  /** How long a billing cycle stays open after its end, for use that is on its way; a minute if left out. */
  readonly closeCyclesAfterMs?: number;
}

/** What a customer may use and what they used. `Feature` and `Tier` are the ids of the plans. */
export interface Saas<Feature extends string = string, Tier extends string = string> {
  readonly plans: Plans<Feature, Tier>;
  readonly planVersions: PlanVersions;
  readonly entitlements: Entitlements<Tier>;
  readonly quotas: Quotas<Feature>;
  readonly credits: Credits<Feature>;
  readonly meters: Meters<Feature>;
  readonly usage: Usage;
  readonly ledger: Ledger;
  readonly billing: Billing;
  readonly cycles: Cycles<Tier>;
}

type StandardFeature = typeof standardPlans extends Plans<infer Feature, string> ? Feature : never;
type StandardTier = typeof standardPlans extends Plans<string, infer Tier> ? Tier : never;

/**
 * Makes the package's services over a database whose `saas` migrations were run.
 *
 * @example
 * const saas = createSaas({ database, plans });
 * await saas.entitlements.open({ subjectId: "usr_1" });
 * const verdict = await saas.quotas.consume({ subjectId: "usr_1", feature: "api_call" });
 */
export function createSaas(options: SaasOptions): Saas<StandardFeature, StandardTier>;
export function createSaas<Feature extends string, Tier extends string>(
  options: SaasOptions & { readonly plans: Plans<Feature, Tier> },
): Saas<Feature, Tier>;
export function createSaas(options: SaasOptions & { readonly plans?: Plans }): Saas {
  const { clock = systemClock, plans = standardPlans, logger = silentLogger, facts } = options;
  const database = repeating(options.database);
  checkParts(plans);
  const catalog = createCatalog(plans, database, clock);
  const terms = createEntitlementStore(database, catalog);
  const balances = createLedgerStore(database);
  const quotaOptions = {
    ...{ database, clock, plans, logger, facts, entitlements: terms, ledger: balances },
    rates: poolRates(plans),
    overageCost,
    store: createQuotaStore(database),
    credits: createCreditStore(database),
    reservations: createReservationStore(database),
    verdicts: createVerdictStore(database),
    catalog,
  };
  const rules = createQuotaRules(quotaOptions);
  const counting = { database, clock, plans, entitlements: terms, rules };
  const remembered = createRemembered();
  // A batch of several callers repeats itself, see metering/group-commit.ts.
  const ofBatches = { ...counting, database: options.database };
  const metering = createMetering({ ...ofBatches, logger, remembered, lateness: checkLateness(options.lateness) });

  const metered = plans.features.filter(({ kind }) => kind === "metered");
  const entitlements = createEntitlements({
    database,
    clock,
    catalog,
    store: terms,
    facts,
    resetUsage: (tx, upgraded: Terms) =>
      balances.reset(
        tx,
        metered.map((feature) => scopeNow(upgraded, feature, upgraded.since)),
        upgraded.since,
      ),
    latestPeriod: balances.latestPeriod,
    settleCredits: createSettleTerms(quotaOptions),
  });
  const cycles = createBillingCycles();
  const usage = createUsage(quotaOptions);
  return {
    plans,
    planVersions: createPlanVersions({ database, catalog }),
    entitlements,
    quotas: createQuotas({ ...quotaOptions, rules, remembered, metering, eventOf: commitEvents(metering) }),
    credits: createCredits(quotaOptions),
    meters: createMeters({ metering, plans, corrections: createCorrections(counting) }),
    usage,
    ledger: createLedger({ database, plans }),
    billing: createBilling({ entitlements, usage, cycles }),
    cycles,
  };

  function createBillingCycles(): Cycles {
    const store = createCycleStore(database);
    const discounts = createDiscounts({ database, clock });
    const drafts = createDrafts({ plans, store, entitlements: terms, deductionsOf });
    const { closeCyclesAfterMs: closeAfterMs = minuteMs } = options;
    const parts = { database, clock, logger, store, terms, discounts, drafts };
    const closing = createClosing({ ...parts, entitlements, facts, closeAfterMs });
    return createCycles({ ...parts, plans, closing });
  }

  /** What counts as used but is not charged: what is only reserved, and what credits have paid for. */
  async function deductionsOf(handle: Handle, counterKeys: readonly Buffer[]): Promise<Map<string, Deduction>> {
    const held = await quotaOptions.reservations.heldOf(handle, counterKeys, clock.now());
    const credited = await quotaOptions.store.tallied(handle, "credited", counterKeys);
    const keys = new Set([...held.keys(), ...credited.keys()]);
    return new Map([...keys].map((key) => [key, { held: held.get(key)?.all ?? 0, credited: credited.get(key) ?? 0 }]));
  }
}
