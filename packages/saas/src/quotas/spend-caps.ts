/** A customer's own caps on overage. */
import { type Clock, isRevopsError, scaledToNumber, toScaled } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import { saasErrors } from "../errors.ts";
import { countedFeature } from "../metering/event-rules.ts";
import type { Plans } from "../plans/plans.ts";
import { checkSubjectId } from "../subject.ts";
import type { QuotaStore } from "./store.ts";

/** A cap on what a subject may use beyond its soft limits in a period. */
export interface SpendCap {
  /** null is all features together. */
  readonly feature: string | null;
  /** In the feature's unit; null is no cap in units. */
  readonly units: number | null;
  /** In minor units of the tier's currency; null is no cap in money. */
  readonly amount: number | null;
}

export interface SpendCaps<Feature extends string = string> {
  /**
   * Caps overage from now on, in units of a feature, in money for a feature, or in money for all features together (which
   * replaces the tier's own cap, and lifts it with `amount: null`). A cap of 0 makes a soft limit a hard one. What is over a
   * new cap already stays.
   *
   * @param input `feature` left out is all features together, which have no `units`; `amount` in minor units
   * @throws `invalid_spend_cap`, `unknown_feature`, `feature_not_counted`, `invalid_subject_id`
   * @example await quotas.setSpendCap({ subjectId, amount: 5_000 }); // 50.00 of overage a period
   */
  setSpendCap(
    input: {
      readonly subjectId: string;
      readonly feature?: Feature | undefined;
      readonly units?: number | string | null | undefined;
      readonly amount?: number | null | undefined;
    },
    tx?: Tx,
  ): Promise<SpendCap>;

  /** Takes a cap away; without one, nothing changes. The tier's own holds again. */
  removeSpendCap(input: { readonly subjectId: string; readonly feature?: Feature | undefined }, tx?: Tx): Promise<void>;

  /** The subject's own caps. */
  spendCaps(subjectId: string, tx?: Tx): Promise<SpendCap[]>;
}

export interface SpendCapsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly plans: Plans;
  readonly store: QuotaStore;
}

export function createSpendCaps({ database, clock, plans, store }: SpendCapsOptions): SpendCaps {
  const unit = (feature: string, units: number | null) =>
    units === null || !plans.isFeature(feature) ? units : scaledToNumber(units, plans.feature(feature).decimals);

  return {
    async setSpendCap({ subjectId, feature, units = null, amount = null }, tx) {
      checkSubjectId(subjectId);
      if (amount !== null && !(Number.isSafeInteger(amount) && amount >= 0)) {
        throw invalid("A cap in money is a whole number of minor units, not negative.");
      }
      if (feature === undefined && units !== null) throw invalid("A cap in units is on one feature.");
      if (feature !== undefined && units === null && amount === null) throw invalid("A cap is in units or in money.");
      const scaled = feature === undefined || units === null ? null : scaledUnits(plans, feature, units);
      if (feature !== undefined) countedFeature(plans, feature);
      const now = clock.now();
      await database.transaction(async (inside) => {
        await store.lockSubjects(inside, [subjectId], now);
        await store.setSpendCap(inside, { subjectId, feature: feature ?? "", units: scaled, amount }, now);
      }, tx);
      return { feature: feature ?? null, units: feature === undefined ? null : unit(feature, scaled), amount };
    },

    removeSpendCap: ({ subjectId, feature = "" }, tx) =>
      database.transaction(async (inside) => {
        await store.lockSubjects(inside, [checkSubjectId(subjectId)], clock.now());
        await store.removeSpendCap(inside, subjectId, feature);
      }, tx),

    async spendCaps(subjectId, tx) {
      const rows = await store.spendCaps(tx ?? database, [subjectId]);
      return rows.map(({ feature, units, amount }) => ({
        feature: feature === "" ? null : feature,
        units: unit(feature, units),
        amount,
      }));
    },
  };
}

function scaledUnits(plans: Plans, id: string, units: number | string): number {
  const feature = countedFeature(plans, id);
  let scaled = -1;
  try {
    scaled = toScaled(units, feature.decimals);
  } catch (error) {
    if (!isRevopsError(error)) throw error;
  }
  if (scaled >= 0) return scaled;
  throw invalid(
    `A cap in units of "${id}" is a number that is not negative, with ${feature.decimals} decimals at most.`,
  );
}

function invalid(detail: string) {
  return saasErrors.invalid_spend_cap({ detail });
}
