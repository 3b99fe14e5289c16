/** The forms an event takes on its way into the database. */
import type { Interval } from "@revops/core";
import type { LimitSource } from "../entitlements/agreement.ts";
import type { StoredTerms, Terms } from "../entitlements/terms.ts";
import type { PlanFeature } from "../plans/feature.ts";
import type { Refusal } from "./admission.ts";

/** An event that kept every rule. */
export interface CheckedEvent {
  readonly subjectId: string;
  readonly feature: PlanFeature;
  /** In the feature's smallest unit. */
  readonly quantity: number;
  readonly key: Buffer;
  readonly occurredAt: Date | null;
  readonly metadata: string | null;
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

/** A scope's balance inside a transaction: one row, read once and written once per batch. */
export interface Balance {
  readonly scope: Scope;
  used: number;
  /** Ledger entries so far. */
  entries: number;
  /** Added by this batch, and by how many events. */
  added: number;
  events: number;
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
  count(candidates: readonly Candidate[], balances: readonly Balance[], at: Date): Promise<Outcome[]>;
}
