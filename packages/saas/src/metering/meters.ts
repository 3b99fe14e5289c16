/** Recording what was used. */
import { isRevopsError } from "@revops/core";
import type { Tx } from "@revops/database";
import type { Plans } from "../plans/plans.ts";
import { quotaError } from "../quotas/quota-error.ts";
import { verdictOf } from "../quotas/verdict-of.ts";
import type { CheckedEvent } from "./batch.ts";
import type { Corrections } from "./corrections.ts";
import type { BatchResult, RecordResult, RejectedEvent, UsageEvent } from "./event.ts";
import type { Metering } from "./metering.ts";

export interface Meters<Feature extends string = string> extends Corrections {
  /**
   * Records one event against the quota. The answer means that it is durable. An `id` counts once, for ever, per subject,
   * whatever feature or quantity it comes with later; a refused event is not remembered, so its id may come again.
   *
   * An event of an earlier period counts to that period, under the tier of that day; one from before the subject's first
   * day counts to its first period.
   *
   * @throws `quota_exceeded` (fields `feature`, `limit`, `used`, `resetsAt`), `usage_below_zero`, `usage_out_of_range`,
   *   `subject_not_found`, `unknown_feature`, `feature_not_counted`, `invalid_quantity`, `invalid_event_id`,
   *   `invalid_metadata`, `invalid_time`, `event_in_future`, `event_too_old`, `usage_not_stored` (repeat with the same id)
   * @example await meters.record({ subjectId, id: request.id, feature: "api_call" });
   */
  record(event: UsageEvent<Feature> & { readonly subjectId: string }, tx?: Tx): Promise<RecordResult>;

  /**
   * Records many events of one subject, in their order, each with its own result: one bad event does not touch its
   * neighbours. When this throws (the database is away), some may have been stored: repeat the whole batch, ids count once.
   *
   * @throws `subject_not_found`, `invalid_subject_id`, `usage_not_stored`, and what the database throws
   */
  recordMany(subjectId: string, events: readonly UsageEvent[], tx?: Tx): Promise<BatchResult>;
}

export interface MetersOptions {
  readonly metering: Metering;
  readonly plans: Plans;
  readonly corrections: Corrections;
}

/** Codes that are one event's own, so its neighbours go on. */
const ownCodes = new Set([
  "unknown_feature",
  "feature_not_counted",
  "invalid_quantity",
  "invalid_event_id",
  "invalid_metadata",
  "invalid_time",
  "event_in_future",
  "event_too_old",
]);

export function createMeters({ metering, plans, corrections }: MetersOptions): Meters {
  return {
    ...corrections,

    async record(event, tx) {
      const outcome = await metering.count(metering.check(event), tx);
      const verdict = verdictOf(outcome, plans);
      if (!verdict.allowed) throw quotaError(outcome, verdict);
      return { duplicate: verdict.duplicate, verdict };
    },

    async recordMany(subjectId, events, tx) {
      const rejections = new Map<number, RejectedEvent>();
      const checked: { place: number; event: CheckedEvent }[] = [];
      for (const [place, event] of events.entries()) {
        try {
          checked.push({ place, event: metering.check({ ...event, subjectId }) });
        } catch (error) {
          if (!isRevopsError(error) || !ownCodes.has(error.code)) throw error;
          rejections.set(place, { id: event.id, code: error.code, detail: error.message });
        }
      }
      const outcomes = await metering.countAll(
        checked.map(({ event }) => event),
        tx,
      );
      let accepted = 0;
      let duplicates = 0;
      for (const [index, { place }] of checked.entries()) {
        const outcome = outcomes[index];
        if (outcome === undefined || outcome instanceof Error) throw outcome;
        if (outcome.result === "counted") accepted += 1;
        else if (outcome.result === "duplicate") duplicates += 1;
        else {
          const { code, message } = quotaError(outcome, verdictOf(outcome, plans));
          rejections.set(place, { id: events[place]?.id ?? "", code, detail: message });
        }
      }
      const rejected = [...rejections].sort(([a], [b]) => a - b).map(([, rejection]) => rejection);
      return { accepted, duplicates, rejected };
    },
  };
}
