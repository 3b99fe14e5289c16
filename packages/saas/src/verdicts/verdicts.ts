/** Verdicts with all that they were made from: explained, kept, and made again. */
import { type Clock, canonicalJson, createId, decimal, fromScaled } from "@revops/core";
import type { Database, Handle, Tx } from "@revops/database";
import { presentOf, type Terms, termsAt } from "../entitlements/terms.ts";
import { saasErrors } from "../errors.ts";
import { scaledQuantity } from "../metering/event-rules.ts";
import { scopeNow } from "../metering/scope.ts";
import type { Catalog } from "../plans/catalog.ts";
import type { PlanFeature } from "../plans/feature.ts";
import type { Plans } from "../plans/plans.ts";
import type { PlanTier } from "../plans/tier.ts";
import { flagVerdict } from "../quotas/flag-verdict.ts";
import { judge } from "../quotas/judge.ts";
import { type QuotaStateOptions, readQuotaState } from "../quotas/quota-state.ts";
import type { VerdictInputs } from "../quotas/reasons.ts";
import type { Verdict } from "../quotas/verdict.ts";
import { allowanceOf, plainInputs, verdictInputs } from "../quotas/verdict-inputs.ts";
import { verdictOf } from "../quotas/verdict-of.ts";
import { checkSubjectId } from "../subject.ts";
import type { VerdictStore } from "./store.ts";

/** A verdict with what it was made from. */
export interface Explanation {
  readonly at: Date;
  readonly verdict: Verdict;
  /** Plain JSON, in the feature's smallest unit. */
  readonly inputs: VerdictInputs;
}

/** A kept verdict, made again. */
export interface Replay {
  readonly id: string;
  readonly at: Date;
  readonly inputs: VerdictInputs;
  /** As it was kept. */
  readonly kept: Verdict;
  /** What the same inputs give now: the same, or this package decides otherwise than it did. */
  readonly replayed: Verdict;
  readonly same: boolean;
  /** What the same question would be answered today. */
  readonly today: Verdict;
  /** The members in which today's answer differs. */
  readonly differs: readonly (keyof Verdict)[];
}

export interface Verdicts<Feature extends string = string> {
  /**
   * What `check` says, with everything that it was made from. `keep` stores both under an id, for {@link Verdicts.replay}.
   * @throws `subject_not_found`, `unknown_feature`, `feature_not_counted` (static values), `invalid_quantity`
   * @example const { verdict } = await quotas.explain({ subjectId, feature: "api_call", keep: true });
   */
  explain(
    input: {
      readonly subjectId: string;
      readonly feature: Feature;
      readonly quantity?: number | string | undefined;
      readonly keep?: boolean | undefined;
    },
    tx?: Tx,
  ): Promise<Explanation>;

  /**
   * Makes a kept verdict again from what it was made from then, and asks the same question today.
   * @throws `verdict_not_found`, also for one of another subject
   */
  replay(input: { readonly subjectId: string; readonly id: string }, tx?: Tx): Promise<Replay>;
}

export interface VerdictsOptions extends QuotaStateOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly catalog: Catalog;
  readonly verdicts: VerdictStore;
}

export interface VerdictKeeper {
  /** Stores a verdict, and gives it back with its id. */
  keep(subjectId: string, inputs: VerdictInputs, verdict: Verdict, tx?: Tx): Promise<Verdict>;
}

export function createVerdicts(options: VerdictsOptions): Verdicts & VerdictKeeper {
  const { database, clock, plans, catalog, entitlements, ledger, verdicts, overageCost } = options;

  const cost = (plan: PlanTier, { id, decimals }: PlanFeature, overage: number) =>
    overageCost(plan, id, decimal(fromScaled(overage, decimals)));

  /** The verdict that inputs give. Pure. */
  function verdictFrom(inputs: VerdictInputs, of: Plans): Verdict {
    const { feature, quantity, used, limit, limitFrom, period } = inputs;
    if (feature.kind === "flag") return flagVerdict(feature, inputs, of);
    const scope = {
      ...{ feature, limit, limitFrom, terms: inputs },
      period: period && { start: new Date(period.start), end: new Date(period.end) },
    };
    return verdictOf({ ...judge(allowanceOf(inputs, cost), quantity), scope, quantity, used }, of);
  }

  async function inputsNow(handle: Handle, subjectId: string, id: string, quantity?: number | string) {
    const feature = plans.feature(id);
    const found = await entitlements.find(handle, subjectId);
    if (!found) throw saasErrors.subject_not_found({ detail: "The subject was never given an entitlement." });
    if (feature.kind === "static") {
      throw saasErrors.feature_not_counted({ detail: `"${id}" is a static value; read it from the tier.` });
    }
    const now = clock.now();
    const terms: Terms = termsAt(found, presentOf(found, now));
    const scope = scopeNow(found, feature, now);
    if (feature.kind === "flag") return plainInputs({ ...scope, terms, period: null }, 0, 0, now, plans.version);
    const used = await ledger.used(handle, scope.counterKey);
    const scaled = scaledQuantity(feature, quantity);
    const state = await readQuotaState(handle, [{ scope, used, times: [], gives: scaled < 0 }], now, options);
    return verdictInputs(scope, state.of(scope).allowance(now), scaled, now, plans.version);
  }

  const keep: VerdictKeeper["keep"] = async (subjectId, inputs, verdict, tx) => {
    const id = createId("vrd", clock.now());
    const kept = { ...verdict, id };
    await database.transaction(async (inside) => {
      // The plans that it was made by must outlive the code that declared them.
      await catalog.keep(inside);
      const { feature, at } = inputs;
      await verdicts.insert(inside, { id, subjectId, feature: feature.id, at: new Date(at), inputs, verdict: kept });
    }, tx);
    return kept;
  };

  return {
    keep,

    async explain({ subjectId, feature, quantity, keep: keeps = false }, tx) {
      const inputs = await inputsNow(tx ?? database, checkSubjectId(subjectId), feature, quantity);
      const verdict = verdictFrom(inputs, plans);
      return {
        at: new Date(inputs.at),
        inputs,
        verdict: keeps ? await keep(subjectId, inputs, verdict, tx) : verdict,
      };
    },

    async replay({ subjectId, id }, tx) {
      const handle = tx ?? database;
      const found = await verdicts.find(handle, checkSubjectId(subjectId), id);
      if (!found) throw saasErrors.verdict_not_found({ detail: `There is no verdict "${id}".` });
      // Both were written by `keep`.
      const inputs = found.inputs as VerdictInputs;
      const kept = revived(found.verdict as Verdict);
      await catalog.load(handle, [inputs.catalog]);
      const replayed = { ...verdictFrom(inputs, catalog.of(inputs.catalog)), id };
      const quantity = fromScaled(inputs.quantity, inputs.feature.decimals);
      const counted = inputs.feature.kind !== "flag";
      const today = {
        ...verdictFrom(await inputsNow(handle, subjectId, found.feature, counted ? quantity : undefined), plans),
        id,
      };
      const differs = (Object.keys(today) as (keyof Verdict)[]).filter((member) => !alike(today[member], kept[member]));
      return { id, at: found.at, inputs, kept, replayed, same: alike(kept, replayed), today, differs };
    },
  };
}

/** As JSON, whose members a database may give in another order. */
function alike(a: unknown, b: unknown): boolean {
  const text = (value: unknown) => canonicalJson(JSON.parse(JSON.stringify(value ?? null)));
  return text(a) === text(b);
}

/** A verdict out of JSON: its times are times again. */
function revived(verdict: Verdict): Verdict {
  const { resetsAt, cap, wouldPass } = verdict;
  return {
    ...verdict,
    resetsAt: resetsAt && new Date(resetsAt),
    cap: cap && cap.kind !== "spend" ? { ...cap, resetsAt: new Date(cap.resetsAt) } : cap,
    wouldPass: wouldPass && { ...wouldPass, at: wouldPass.at && new Date(wouldPass.at) },
  };
}
