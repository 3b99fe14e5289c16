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
import { createCountAdmitted } from "../outage/count-admitted.ts";
import { createOutage, isOutage } from "../outage/outage.ts";
import { createReservations, type Reservations, type ReservationsOptions } from "../reservations/reservations.ts";
import { createVerdicts, type Verdicts, type VerdictsOptions } from "../verdicts/verdicts.ts";
import { flagVerdict } from "./flag-verdict.ts";
import { judge } from "./judge.ts";
import { readQuotaState } from "./quota-state.ts";
import { freeOf, isWithin } from "./scope-rules.ts";
import { createSpendCaps, type SpendCaps } from "./spend-caps.ts";
import { unavailableVerdict } from "./unavailable-verdict.ts";
import type { Verdict } from "./verdict.ts";
import { plainInputs } from "./verdict-inputs.ts";
import { verdictOf } from "./verdict-of.ts";

/** What is asked of {@link Quotas.check}. */
interface CheckInput<Feature extends string = string> {
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

export interface Quotas<Feature extends string = string>
  extends Reservations<Feature>,
    SpendCaps<Feature>,
    Verdicts<Feature> {
  /**
   * Uses a feature if the plan allows it: the answer says whether, and why. Exactly the limit is admitted, whatever the
   * number of callers and processes. Without `id`, each call counts; with one, it counts once, for ever.
   *
   * What is used is drawn from what the plan includes, then from credits by their priority and end, then, where the limit is
   * soft, from overage up to the customer's cap: all of it or nothing.
   *
   * While the database is away, a feature whose `outage` is `allow` is admitted with the reason `unavailable`, and counted
   * later (see `catchUp`); any other is not, and the error says that the database is away.
   *
   * Without `tx`, the answer means that the use is durable. With the caller's `tx`, both commit together; while it is
   * open, other uses of the same balance wait.
   *
   * @param input `keepRefusal` stores a refusal with all that it was made from, under the verdict's `id`, for `replay`
   * @throws `subject_not_found`, `unknown_feature`, `feature_not_counted`, `invalid_quantity`, `invalid_event_id`,
   *   `invalid_metadata`, `invalid_time`, `event_in_future`, `event_too_old`, `usage_not_stored`
   * @example
   * const verdict = await quotas.consume({ subjectId, feature: "api_call" });
   * if (!verdict.allowed) return tooMany(verdict.limit, verdict.resetsAt);
   */
  consume(input: Consumption<Feature> & { readonly keepRefusal?: boolean | undefined }, tx?: Tx): Promise<Verdict>;

  /**
   * What `consume` would say now, with nothing written; also whether a tier has a flag. Two callers may both be told yes
   * for the last unit: to use it, consume it.
   *
   * @throws `subject_not_found`, `unknown_feature`, `feature_not_counted` (static values), `invalid_quantity`
   */
  check(input: CheckInput<Feature>, tx?: Tx): Promise<Verdict>;

  /**
   * Counts what `consume` admitted while the database was away, for features whose `outage` is `allow`. It happens by itself
   * once the database answers; call it before the process ends. At most 10,000 uses are remembered, in this process only:
   * beyond that `consume` refuses, and a crash loses them.
   * @returns how many are left to be counted: 0
   * @throws what the database throws while it is still away
   */
  catchUp(): Promise<number>;
}

export interface QuotasOptions extends ReservationsOptions, VerdictsOptions {
  readonly metering: Metering;
  readonly rules: Rules;
  readonly remembered: Remembered;
}

export function createQuotas(options: QuotasOptions): Quotas {
  const { database, clock, plans, logger, metering, entitlements, ledger, rules, remembered } = options;

  async function outcomeNow(handle: Handle, scope: Scope, quantity: number): Promise<Outcome> {
    const used = await ledger.used(handle, scope.counterKey);
    const refusal = refusalOf(used, quantity, scope.limit);
    // What fits and costs nothing is included in the plan, whatever else there is.
    const isPlain = quantity >= 0 && isWithin(freeOf(scope), used + quantity);
    if (refusal === null && isPlain && !rules.ruled(scope)) return { result: "counted", scope, quantity, used };
    const now = clock.now();
    const state = await readQuotaState(handle, [{ scope, used, times: [], gives: quantity < 0 }], now, options);
    const allowance = state.of(scope).allowance(now);
    return { ...judge(allowance, quantity), scope, quantity, used: allowance.used };
  }

  const verdicts = createVerdicts(options);
  const outage = createOutage({ logger, countAdmitted: createCountAdmitted(options) });

  return {
    ...createReservations(options),
    ...createSpendCaps(options),
    explain: verdicts.explain,
    replay: verdicts.replay,

    catchUp: outage.catchUp,

    async consume({ keepRefusal = false, ...input }, tx) {
      const event = metering.check(input);
      let outcome: Outcome;
      try {
        outcome = await metering.count(event, tx);
      } catch (error) {
        const trusted = !tx && event.feature.outage === "allow" && isOutage(error);
        const occurredAt = event.occurredAt ?? clock.now();
        if (trusted && outage.remember({ ...event, occurredAt })) return unavailableVerdict(event.feature, plans);
        throw error;
      }
      const verdict = verdictOf(outcome, plans);
      if (verdict.allowed || !keepRefusal) return verdict;
      const { scope, used, quantity, reasons } = outcome;
      const inputs = reasons?.inputs ?? plainInputs(scope, used, quantity, clock.now(), plans.version);
      return verdicts.keep(scope.subjectId, inputs, verdict, tx);
    },

    async check(input, tx) {
      const known = tx ? undefined : recalled(input);
      if (known !== undefined) return known;
      try {
        return await checked(input, tx);
      } catch (error) {
        const feature = plans.feature(input.feature);
        if (!tx && feature.outage === "allow" && isOutage(error)) return unavailableVerdict(feature, plans);
        throw error;
      }
    },
  };

  /** A yes that was seen moments ago. */
  function recalled({ subjectId, feature: id, quantity, maxAgeMs = 0 }: CheckInput): Verdict | undefined {
    if (maxAgeMs === 0) return undefined;
    const seen = remembered.recall(subjectId, id, clock.now(), maxAgeMs);
    if (seen === undefined || rules.ruled(seen.scope)) return undefined;
    const { scope, used } = seen;
    const scaled = scaledQuantity(scope.feature, quantity);
    if (refusalOf(used, scaled, scope.limit) !== null || !isWithin(freeOf(scope), used + scaled)) return undefined;
    return verdictOf({ result: "counted", scope, quantity: scaled, used }, plans);
  }

  async function checked({ subjectId, feature: id, quantity }: CheckInput, tx?: Tx): Promise<Verdict> {
    const feature = plans.feature(id);
    const terms = await entitlements.find(tx ?? database, subjectId);
    if (!terms) throw saasErrors.subject_not_found({ detail: "The subject was never given an entitlement." });
    if (feature.kind === "flag") return flagVerdict(feature, termsAt(terms, clock.now()), plans);
    if (feature.kind === "static") {
      throw saasErrors.feature_not_counted({ detail: `"${id}" is a static value; read it from the tier.` });
    }
    const scope = scopeNow(terms, feature, clock.now());
    const outcome = await outcomeNow(tx ?? database, scope, scaledQuantity(feature, quantity));
    if (!tx) remembered.note(scope, outcome.used);
    return verdictOf(outcome, plans);
  }
}
