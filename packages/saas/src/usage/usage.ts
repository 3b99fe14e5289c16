/** What a customer has used of what they have. */
import {
  type Clock,
  daysRemaining,
  fromScaled,
  type JsonObject,
  type Page,
  type PageRequest,
  pageOf,
  scaledToNumber,
} from "@revops/core";
import type { Database, Handle, Tx } from "@revops/database";
import { presentOf, type Terms, termsAt, usagePeriod } from "../entitlements/terms.ts";
import { saasErrors } from "../errors.ts";
import type { Scope } from "../metering/batch.ts";
import { countedFeature } from "../metering/event-rules.ts";
import { counterKey, eventKeyPrefix } from "../metering/keys.ts";
import { dimensionsOf, meterOf } from "../metering/meter.ts";
import { scopeNow } from "../metering/scope.ts";
import type { PlanFeature } from "../plans/feature.ts";
import { reasonsOf } from "../quotas/judge.ts";
import { loadQuotaState, type QuotaStateOptions } from "../quotas/quota-state.ts";
import type { Reasons } from "../quotas/reasons.ts";
import { effectiveLimit } from "../quotas/verdict-of.ts";
import { checkSubjectId } from "../subject.ts";
import { type HistoryPoint, type HistoryRequest, readHistory } from "./history.ts";
import { standingOf } from "./limits.ts";
import type { FeatureUsage, UsageReport } from "./report.ts";
import { type EventRow, eventsOf, groupsOfCounter } from "./store.ts";
import { heldBetween, hoursText } from "./weighted.ts";

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

/** Which of a subject's events. */
export interface EventsRequest extends PageRequest {
  readonly subjectId: string;
  readonly feature?: string | undefined;
  /** As {@link ListedEvent.periodStart}. */
  readonly periodStart?: Date | undefined;
  readonly firstEntry?: number | undefined;
  readonly lastEntry?: number | undefined;
}

/** An event as it stands now. */
export interface ListedEvent {
  /** The same for ever, for this event; not the caller's id, of which only a hash is kept. */
  readonly key: string;
  readonly feature: string;
  /** The start of the usage period it counts to; null for standing counts. */
  readonly periodStart: Date | null;
  /** The ledger entry that counted it. */
  readonly entry: number;
  /** In the feature's unit, as text; "0" once it is void. */
  readonly quantity: string;
  /** Whether it counts: not if it is void, or if the meter's filters leave it out. */
  readonly counts: boolean;
  readonly voided: boolean;
  readonly occurredAt: Date;
  readonly recordedAt: Date;
  readonly metadata: JsonObject | null;
}

/** Which balance, and by what. */
export interface BreakdownRequest {
  readonly subjectId: string;
  readonly feature: string;
  readonly dimension: string;
  readonly periodStart?: Date | undefined;
}

/** A value of a dimension, with what was used under it. */
export interface BreakdownGroup {
  /** null: the events that did not say. */
  readonly value: string | number | boolean | null;
  /** The sum of the events' quantities, in the feature's unit. */
  readonly quantity: number;
  readonly events: number;
}

/** Which standing count, over which time. */
export interface WeightedRequest {
  readonly subjectId: string;
  readonly feature: string;
  readonly from: Date;
  readonly to: Date;
}

/** What was held for how long. */
export interface WeightedUsage {
  /** Unit-hours as decimal text, rounded half up at the ninth place. */
  readonly hours: string;
  /** Exactly: in the feature's smallest unit, times seconds. */
  readonly smallestUnitSeconds: bigint;
}

export interface UsageOptions extends QuotaStateOptions {
  readonly database: Database;
  readonly clock: Clock;
}

export function createUsage(options: UsageOptions): Usage {
  const { database, clock, plans, entitlements, ledger, store, reservations } = options;

  async function featuresOf(handle: Handle, terms: Terms, now: Date): Promise<FeatureUsage[]> {
    const scopes = plans.features.filter(isCounted).map((feature) => scopeNow(terms, feature, now));
    if (scopes.length === 0) return [];
    const keys = scopes.map(({ counterKey }) => counterKey);
    const used = await ledger.usedOf(handle, keys);
    const usedOf = ({ counterKey }: Scope) => used.get(counterKey.toString("hex")) ?? 0;
    if (!(await hasExtras(handle, termsAt(terms, now)))) {
      return scopes.map((scope) => featureUsage(scope, { used: usedOf(scope), held: 0 }));
    }
    const questions = scopes.map((scope) => ({ scope, used: usedOf(scope), times: [], gives: false }));
    const { features } = await loadQuotaState(handle, questions, now, options);
    const held = await reservations.heldOf(handle, keys, now);
    return features.map(({ question, allowance }) => {
      const { live } = held.get(question.scope.counterKey.toString("hex")) ?? { live: 0 };
      return featureUsage(question.scope, {
        used: question.used,
        held: live,
        reasons: reasonsOf(allowance(now), null),
      });
    });
  }

  /** Whether anything but plain limits may have a part in what the subject has. */
  async function hasExtras(handle: Handle, { subjectId, plan }: Terms): Promise<boolean> {
    if (Object.keys(plan.credits).length > 0) return true;
    if (Object.values(plan.rules).some(({ limit }) => limit === "soft")) return true;
    return (await store.withExtras(handle, [subjectId])).size > 0;
  }

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

    async events({ subjectId, limit, after, ...filter }, tx) {
      if (filter.feature !== undefined) countedFeature(plans, filter.feature);
      const prefix = eventKeyPrefix(checkSubjectId(subjectId));
      const rows = await eventsOf(tx ?? database, subjectId, prefix, filter, {
        after: after === undefined ? undefined : positionOf(after),
        limit: limit + 1,
      });
      return pageOf(
        rows.map((row) => listedEvent(row, plans.isFeature(row.feature) ? plans.feature(row.feature).decimals : 0)),
        limit,
        ({ key }) => key,
      );
    },

    async breakdown({ subjectId, feature, dimension, periodStart }, tx) {
      const handle = tx ?? database;
      const counted = countedFeature(plans, feature);
      if (!dimensionsOf(meterOf(counted)).includes(dimension)) {
        throw saasErrors.unknown_dimension({ detail: `"${feature}" is not counted by "${dimension}".` });
      }
      const scope = scopeNow(await found(handle, subjectId), counted, clock.now());
      const key = periodStart === undefined ? scope.counterKey : counterKey(subjectId, feature, periodStart);
      const groups = await groupsOfCounter(handle, key, dimension);
      return groups
        .filter(({ events }) => events > 0)
        .map(({ value, quantity, events }) => ({
          value: JSON.parse(value) as BreakdownGroup["value"],
          quantity: scaledToNumber(quantity, counted.decimals),
          events,
        }))
        .sort((a, b) => b.quantity - a.quantity || (String(a.value) < String(b.value) ? -1 : 1));
    },

    async weighted({ subjectId, feature, from, to }, tx) {
      const handle = tx ?? database;
      const counted = countedFeature(plans, feature);
      if (counted.kind !== "allocated") {
        throw saasErrors.feature_not_counted({
          detail: `"${feature}" is no standing count, so nothing of it is held.`,
        });
      }
      if (!(from.getTime() <= to.getTime())) {
        throw saasErrors.invalid_range({ detail: "A range starts before it ends." });
      }
      await found(handle, subjectId);
      const held = await heldBetween(handle, subjectId, counted, { from, to });
      return { hours: hoursText(held, counted.decimals), smallestUnitSeconds: held };
    },

    async report(subjectId, tx) {
      const handle = tx ?? database;
      const terms = await found(handle, subjectId);
      const now = presentOf(terms, clock.now());
      const { start, end } = usagePeriod(terms, now);
      return {
        tier: termsAt(terms, now).tier,
        cycle: { start, end, daysRemaining: daysRemaining({ start, end }, now) },
        features: await featuresOf(handle, terms, now),
      };
    },
  };
}

function listedEvent({ key, periodStart, quantity, metadata, ...row }: EventRow, decimals: number): ListedEvent {
  return {
    ...row,
    key: key.toString("hex"),
    periodStart: periodStart.getTime() === 0 ? null : periodStart,
    quantity: fromScaled(quantity, decimals),
    metadata: metadata as JsonObject | null,
  };
}

/** @throws `invalid_range` */
function positionOf(after: string): Buffer {
  if (/^[0-9a-f]{32}$/.test(after)) return Buffer.from(after, "hex");
  throw saasErrors.invalid_range({ detail: "That is no position in a list of events." });
}

type CountedFeature = PlanFeature & { readonly kind: "metered" | "allocated" };

function isCounted(feature: PlanFeature): feature is CountedFeature {
  return feature.kind === "metered" || feature.kind === "allocated";
}

interface Used {
  readonly used: number;
  readonly held: number;
  readonly reasons?: Reasons;
}

function featureUsage({ feature, limit: included, period, terms }: Scope, { used, held, reasons }: Used): FeatureUsage {
  const limit = effectiveLimit(included, reasons);
  const [lowest = Number.POSITIVE_INFINITY] = terms.plan.rules[feature.id]?.thresholds ?? [];
  const { remaining, percent, nearLimit } = standingOf(used, limit, Math.min(lowest, mostPercent));
  const unit = (scaled: number) => scaledToNumber(scaled, feature.decimals);
  return {
    feature: feature.id,
    kind: period === null ? "allocated" : "metered",
    used: unit(used),
    limit: limit === null ? null : unit(limit),
    remaining: remaining === null ? null : unit(remaining),
    percent,
    nearLimit,
    resetsAt: period?.end ?? null,
    included: included === null ? null : unit(included),
    credits: unit(reasons?.creditsLeft ?? 0),
    overage: unit(reasons?.overage ?? 0),
    held: unit(held),
  };
}

/** A feature that announces nothing is near its limit when it is reached. */
const mostPercent = 100;
