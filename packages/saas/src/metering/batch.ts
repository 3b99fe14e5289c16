/** The forms an event takes on its way into the database. */
import type { Interval } from "@revops/core";
import type { LimitSource } from "../entitlements/agreement.ts";
import type { StoredTerms, Terms } from "../entitlements/terms.ts";
import type { PlanFeature } from "../plans/feature.ts";
import type { Reasons } from "../quotas/reasons.ts";
import type { Refusal } from "./admission.ts";
import type { Change } from "./buckets.ts";
import type { Group } from "./meter.ts";

/** An event that kept every rule. */
export interface CheckedEvent {
  readonly subjectId: string;
  readonly feature: PlanFeature;
  /** In the feature's smallest unit. */
  readonly quantity: number;
  /** Without a name it is made when it is first asked for: most such uses are their ledger entry, and need none. */
  key(): Buffer;
  /** Whether its key is of a name, so that it may have been counted before; if not, nobody else has it. */
  readonly named: boolean;
  readonly occurredAt: Date | null;
  readonly metadata: string | null;
  /** Whether the meter's filters let it by; if not, it is stored and changes nothing. */
  readonly counts: boolean;
  /** What it is grouped under, by the meter's dimensions. */
  readonly groups: readonly Group[];
}

/** What an event is counted against: whose, of what, since when, up to where. */
export interface Scope {
  readonly subjectId: string;
  readonly feature: PlanFeature;
  /** In force at the instant of the use. */
  readonly terms: Terms;
  /** null for standing counts. */
  readonly period: Interval | null;
  /** null is unlimited; in the smallest unit. */
  readonly limit: number | null;
  /** What decided the limit. */
  readonly limitFrom: LimitSource;
  readonly counterKey: Buffer;
}

/** What a group of events adds up to. */
export interface GroupTotal extends Group {
  quantity: number;
  events: number;
}

/** What a batch adds to a balance. */
export interface Tally {
  /** The change of the balance. */
  quantity: number;
  /** How many events were stored. */
  events: number;
  /** By the hour of the events. */
  readonly changes: Map<number, Change>;
  /** Totals after this batch, for the groups that its events are in; loaded before anything is decided. */
  readonly groups: Map<string, GroupTotal>;
}

/** A scope's balance inside a transaction: one row, read once and written once per batch. */
export interface Balance {
  readonly scope: Scope;
  /** As it was read. */
  before: number;
  /** With what this batch added so far. */
  used: number;
  /** Ledger entries so far. */
  entries: number;
  /** The hour that the row is counting (epoch milliseconds), and what it has so far. */
  hour: number | null;
  hourQuantity: number;
  /** When the latest value happened, for a meter of that. */
  latestAt: number | null;
  /** What this batch adds. */
  tally: Tally;
}

/** An event with its balance. */
export interface Candidate {
  readonly event: CheckedEvent;
  readonly balance: Balance;
}

/** What became of an event. `used` is its balance afterwards. */
export interface Outcome {
  readonly result: "counted" | "duplicate" | Refusal;
  readonly scope: Scope;
  readonly quantity: number;
  readonly used: number;
  /** Where more than the limit decided. */
  readonly reasons?: Reasons | undefined;
}

/** What is written per dialect; see `sqlite.ts` and `postgres.ts`. */
export interface HotPath {
  /** The present terms of the subjects that have any. */
  termsOf(subjectIds: readonly string[]): Promise<StoredTerms[]>;
  /**
   * Reads the balances (on PostgreSQL, locks them) and gives the version of each one's subject's terms, in the same order,
   * as of the same instant.
   */
  read(balances: readonly Balance[]): Promise<number[]>;
  /** Decides in the order given, and writes what is admitted to balances that were read. */
  count(candidates: readonly Candidate[], at: Date): Promise<Outcome[]>;
}
