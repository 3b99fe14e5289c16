/** May it be used? Check and consume in one step, so that no second caller comes in between. */
import type { Clock } from "@revops/core";
import type { Database, Tx } from "@revops/database";

import type { EntitlementStore } from "../entitlements/store.ts";
import { termsAt } from "../entitlements/terms.ts";
import { saasErrors } from "../errors.ts";
import type { LedgerStore } from "../ledger/store.ts";
import { refusalOf } from "../metering/admission.ts";
import type { Consumption } from "../metering/event.ts";
import { scaledQuantity } from "../metering/event-rules.ts";
import type { Metering } from "../metering/metering.ts";
import { scopeNow } from "../metering/scope.ts";
import type { Plans } from "../plans/plans.ts";
import { flagVerdict } from "./flag-verdict.ts";
import type { Verdict } from "./verdict.ts";
import { verdictOf } from "./verdict-of.ts";

export interface Quotas<Feature extends string = string> {
  /**
   * Uses a feature if the plan allows it: the answer says whether, and why. Exactly the limit is admitted, whatever the
   * number of callers and processes. Without `id`, each call counts; with one, it counts once, for ever.
   *
   * Without `tx`, the answer means that the use is durable. With the caller's `tx`, both commit together; while it is
   * open, other uses of the same balance wait.
   *
   * @throws `subject_not_found`, `unknown_feature`, `feature_not_counted`, `invalid_quantity`, `invalid_event_id`,
   *   `invalid_metadata`, `invalid_time`, `event_in_future`, `event_too_old`, `usage_not_stored`
   * @example
   * const verdict = await quotas.consume({ subjectId, feature: "api_call" });
   * if (!verdict.allowed) return tooMany(verdict.limit, verdict.resetsAt);
   */
  consume(input: Consumption<Feature>, tx?: Tx): Promise<Verdict>;

  /**
   * What `consume` would say now, with nothing written; also whether a tier has a flag. Two callers may both be told yes
   * for the last unit: to use it, consume it.
   *
   * @throws `subject_not_found`, `unknown_feature`, `feature_not_counted` (static values), `invalid_quantity`
   */
  check(
    input: { readonly subjectId: string; readonly feature: Feature; readonly quantity?: number | string | undefined },
    tx?: Tx,
  ): Promise<Verdict>;
}

export interface QuotasOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly plans: Plans;
  readonly metering: Metering;
  readonly entitlements: EntitlementStore;
  readonly ledger: LedgerStore;
}

export function createQuotas({ database, clock, plans, metering, entitlements, ledger }: QuotasOptions): Quotas {
  return {
    async consume(input, tx) {
      return verdictOf(await metering.count(metering.check(input), tx), plans);
    },

    async check({ subjectId, feature: id, quantity }, tx) {
      const feature = plans.feature(id);
      const terms = await entitlements.find(tx ?? database, subjectId);
      if (!terms) throw saasErrors.subject_not_found({ detail: "The subject was never given an entitlement." });
      if (feature.kind === "flag") return flagVerdict(feature, termsAt(terms, clock.now()), plans);
      if (feature.kind === "static") {
        throw saasErrors.feature_not_counted({ detail: `"${id}" is a static value; read it from the tier.` });
      }
      const scope = scopeNow(terms, feature, clock.now());
      const scaled = scaledQuantity(feature, quantity);
      const used = await ledger.used(tx ?? database, scope.counterKey);
      const refusal = refusalOf(used, scaled, scope.limit);
      return verdictOf({ result: refusal ?? "counted", scope, quantity: scaled, used }, plans);
    },
  };
}
