/** What a customer has used of what they have. */
import { type Clock, daysRemaining, type Page } from "@revops/core";
import type { Database, Handle, Tx } from "@revops/database";
import { presentOf, type Terms, termsAt, usagePeriod } from "../entitlements/terms.ts";
import { saasErrors } from "../errors.ts";
import { countedFeature } from "../metering/event-rules.ts";
import { counterKey } from "../metering/keys.ts";
import { scopeNow } from "../metering/scope.ts";
import type { QuotaStateOptions } from "../quotas/quota-state.ts";
import { type BreakdownGroup, type BreakdownRequest, breakdownOf, checkDimension } from "./breakdown.ts";
import { featuresOf } from "./feature-usage.ts";
import { type HistoryPoint, type HistoryRequest, readHistory } from "./history.ts";
import { type EventsRequest, type ListedEvent, listEvents } from "./listed-events.ts";
import type { UsageReport } from "./report.ts";
import { checkWeighted, heldBetween, hoursText, type WeightedRequest, type WeightedUsage } from "./weighted.ts";

export interface Usage {
  /**
   * The use of every counted feature in the present period.
   * @throws `subject_not_found`
   * @example (await usage.report(subjectId)).features.find((use) => use.nearLimit)
   */
  report(subjectId: string, tx?: Tx): Promise<UsageReport>;

  /**
   * How use went by the hour or by the day: each point says how the balance changed in it, by when the events happened;
   * together they are the balance. For a meter of a maximum, a latest value or distinct values, that is by how much it grew.
   * Corrections stand where the event stood. Hours and days without use are there, with 0; at most 1,000 points.
   *
   * Days are days of UTC, read from a row each; with `timeZone` they are made of hours, for at most 100 days.
   * @throws `subject_not_found`, `unknown_feature`, `feature_not_counted`, `invalid_range`, `unknown_time_zone`
   * @example await usage.history({ subjectId, feature: "api_call", from, to, interval: "day" })
   */
  history(request: HistoryRequest, tx?: Tx): Promise<HistoryPoint[]>;

  /**
   * The events behind a balance, so that a customer can count them again, in an order of their own that is always the same.
   * `firstEntry` to `lastEntry` are numbers of the ledger's entries, both included: what a balance had counted up to
   * entry n is the same set for ever.
   * @throws `unknown_feature`, `invalid_range`
   */
  events(request: EventsRequest, tx?: Tx): Promise<Page<ListedEvent>>;

  /**
   * What a balance is made of by a dimension of its meter: the sum of the quantities and the number of events of each
   * value, the largest first. `periodStart` is the present period if left out.
   * @throws `subject_not_found`, `unknown_feature`, `unknown_dimension`
   */
  breakdown(request: BreakdownRequest, tx?: Tx): Promise<BreakdownGroup[]>;

  /**
   * How much of a standing count was held for how long between two instants (`to` excluded, both to the second below):
   * what gigabyte-hours are priced by.
   * @throws `subject_not_found`, `unknown_feature`, `feature_not_counted` (what is not a standing count), `invalid_range`
   * @example (await usage.weighted({ subjectId, feature: "storage", from, to })).hours // "72.5"
   */
  weighted(request: WeightedRequest, tx?: Tx): Promise<WeightedUsage>;
}

export interface UsageOptions extends QuotaStateOptions {
  readonly database: Database;
  readonly clock: Clock;
}

export function createUsage(options: UsageOptions): Usage {
  const { database, clock, plans, entitlements } = options;

  async function found(handle: Handle, subjectId: string): Promise<Terms> {
    const terms = await entitlements.find(handle, subjectId);
    if (terms) return terms;
    throw saasErrors.subject_not_found({ detail: "The subject was never given an entitlement." });
  }

  return {
    async history({ feature, ...request }, tx) {
      const counted = countedFeature(plans, feature);
      await found(tx ?? database, request.subjectId);
      return readHistory(tx ?? database, request, counted, clock.now());
    },

    async events(request, tx) {
      if (request.feature !== undefined) countedFeature(plans, request.feature);
      return listEvents(tx ?? database, plans, request);
    },

    async breakdown({ subjectId, feature, dimension, periodStart }, tx) {
      const handle = tx ?? database;
      const counted = countedFeature(plans, feature);
      checkDimension(counted, dimension);
      const scope = scopeNow(await found(handle, subjectId), counted, clock.now());
      const key = periodStart === undefined ? scope.counterKey : counterKey(subjectId, feature, periodStart);
      return breakdownOf(handle, key, dimension, counted);
    },

    async weighted(request, tx) {
      const handle = tx ?? database;
      const counted = countedFeature(plans, request.feature);
      checkWeighted(counted, request);
      await found(handle, request.subjectId);
      const held = await heldBetween(handle, request.subjectId, counted, request);
      return { hours: hoursText(held, counted.decimals), smallestUnitSeconds: held };
    },

    async report(subjectId, tx) {
      const handle = tx ?? database;
      const terms = await found(handle, subjectId);
      const now = clock.now();
      const at = presentOf(terms, now);
      const { start, end } = usagePeriod(terms, at);
      return {
        tier: termsAt(terms, at).tier,
        cycle: { start, end, daysRemaining: daysRemaining({ start, end }, at) },
        features: await featuresOf(handle, terms, now, options),
      };
    },
  };
}
