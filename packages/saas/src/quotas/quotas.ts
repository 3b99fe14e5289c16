/** May it be used? Check and consume in one step, so that no second caller comes in between. */
import type { Handle, Tx } from "@revops/database";
import { termsAt } from "../entitlements/terms.ts";
import { saasErrors } from "../errors.ts";
import { refusalOf } from "../metering/admission.ts";
import type { Outcome, Scope } from "../metering/batch.ts";
import type { Consumption } from "../metering/event.ts";
import { scaledQuantity } from "../metering/event-rules.ts";
import type { Metering } from "../metering/metering.ts";
import type { Remembered } from "../metering/remembered.ts";
import type { Rules } from "../metering/rules.ts";
import { scopeNow } from "../metering/scope.ts";
import { createReservations, type Reservations, type ReservationsOptions } from "../reservations/reservations.ts";
import { flagVerdict } from "./flag-verdict.ts";
import { decide } from "./quota-rules.ts";
import { loadQuotaState } from "./quota-state.ts";
import { reasonsOf } from "./reasons.ts";
import { createSpendCaps, type SpendCaps } from "./spend-caps.ts";
import type { Verdict } from "./verdict.ts";
import { verdictOf } from "./verdict-of.ts";

/** What is asked of {@link Quotas.check}. */
export interface CheckInput<Feature extends string = string> {
  readonly subjectId: string;
  readonly feature: Feature;
  /** In the feature's unit, 1 if left out. */
  readonly quantity?: number | string | undefined;
  /**
   * A yes may be as old as this, as this process has last seen the balance: then it is given from memory. 0 if left out, so
   * that the database is asked. A no is always asked for, and so is whatever has more rules than a limit.
   */
  readonly maxAgeMs?: number | undefined;
}

export interface Quotas<Feature extends string = string> extends Reservations<Feature>, SpendCaps<Feature> {
  /**
   * Uses a feature if the plan allows it: the answer says whether, and why. Exactly the limit is admitted, whatever the
   * number of callers and processes. Without `id`, each call counts; with one, it counts once, for ever.
   *
   * What is used is drawn from what the plan includes, then from credits by their priority and end, then, where the limit is
   * soft, from overage up to the customer's cap: all of it or nothing.
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
  check(input: CheckInput<Feature>, tx?: Tx): Promise<Verdict>;
}

export interface QuotasOptions extends ReservationsOptions {
  readonly metering: Metering;
  readonly rules: Rules;
  readonly remembered: Remembered;
}

export function createQuotas(options: QuotasOptions): Quotas {
  const { database, clock, plans, metering, entitlements, ledger, rules, remembered } = options;

  async function outcomeNow(handle: Handle, scope: Scope, quantity: number): Promise<Outcome> {
    const used = await ledger.used(handle, scope.counterKey);
    const refusal = refusalOf(used, quantity, scope.limit);
    // What fits is included in the plan, whatever else there is.
    if (refusal === null && !rules.ruled(scope)) return { result: "counted", scope, quantity, used };
    const now = clock.now();
    const question = { scope, used, times: [], gives: quantity < 0 };
    const feature = (await loadQuotaState(handle, [question], now, options)).of(scope);
    const before = { used: feature.question.used, reasons: reasonsOf(feature.allowance(now), null) };
    const admission = decide(feature, quantity, now);
    const after = reasonsOf(feature.allowance(now), admission);
    // As it stands, with what would be drawn.
    const reasons = { ...before.reasons, drawn: after.drawn, cap: after.cap };
    return { result: admission.refusal ?? "counted", scope, quantity, used: before.used, reasons };
  }

  return {
    ...createReservations(options),
    ...createSpendCaps(options),

    async consume(input, tx) {
      return verdictOf(await metering.count(metering.check(input), tx), plans);
    },

    async check({ subjectId, feature: id, quantity, maxAgeMs = 0 }, tx) {
      const feature = plans.feature(id);
      if (maxAgeMs > 0 && tx === undefined) {
        const seen = remembered.recall(subjectId, id, clock.now(), maxAgeMs);
        if (seen !== undefined && !rules.ruled(seen.scope)) {
          const scaled = scaledQuantity(feature, quantity);
          const fits = refusalOf(seen.used, scaled, seen.scope.limit) === null;
          if (fits)
            return verdictOf({ result: "counted", scope: seen.scope, quantity: scaled, used: seen.used }, plans);
        }
      }
      const terms = await entitlements.find(tx ?? database, subjectId);
      if (!terms) throw saasErrors.subject_not_found({ detail: "The subject was never given an entitlement." });
      if (feature.kind === "flag") return flagVerdict(feature, termsAt(terms, clock.now()), plans);
      if (feature.kind === "static") {
        throw saasErrors.feature_not_counted({ detail: `"${id}" is a static value; read it from the tier.` });
      }
      const scope = scopeNow(terms, feature, clock.now());
      const outcome = await outcomeNow(tx ?? database, scope, scaledQuantity(feature, quantity));
      if (tx === undefined) remembered.note(scope, outcome.used);
      return verdictOf(outcome, plans);
    },
  };
}
