/** What a caller says was used. */
import type { JsonObject } from "@revops/core";
import type { Verdict } from "../quotas/verdict.ts";

/** One use of a feature. */
export interface UsageEvent<Feature extends string = string> {
  /**
   * The caller's name for it: 1 to 255 visible ASCII characters. It counts once, for ever, per subject; the same id with
   * another feature or quantity is still the same event, and changes nothing.
   */
  readonly id: string;
  readonly feature: Feature;
  /**
   * In the feature's unit, 1 if left out; a decimal as a number or its text. Not negative for metered features; a
   * negative quantity of an allocated one gives back.
   */
  readonly quantity?: number | string | undefined;
  /** When it happened, now if left out: at most 35 days ago, at most 5 minutes ahead of the clock. */
  readonly occurredAt?: Date | undefined;
  /** At most 4,096 bytes of JSON. */
  readonly metadata?: JsonObject | undefined;
}

/** A use to be counted if the plan allows it. Without an `id`, each call counts. */
export interface Consumption<Feature extends string = string> extends Omit<UsageEvent<Feature>, "id"> {
  readonly subjectId: string;
  readonly id?: string | undefined;
}

/** What became of one event of {@link Meters.record}. */
export interface RecordResult {
  /** The id was counted before; nothing was counted now. */
  readonly duplicate: boolean;
  /** Limit, use and reset after this event. */
  readonly verdict: Verdict;
}

/** An event of a batch that was not counted, and why. */
export interface RejectedEvent {
  readonly id: string;
  readonly code: string;
  readonly detail: string;
}

/** What became of a batch. `accepted + duplicates + rejected.length` is the number of events given. */
export interface BatchResult {
  /** How many were counted now. */
  readonly accepted: number;
  /** How many had been counted before, in this batch or ever. */
  readonly duplicates: number;
  /** In the order given. */
  readonly rejected: readonly RejectedEvent[];
}
