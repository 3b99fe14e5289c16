/** What may be decided about an event beyond its plain limit: a port, so that the hot path knows none of it. */
import type { Tx } from "@revops/database";
import type { Balance, Candidate, Outcome, Scope } from "./batch.ts";

/** A balance with what a batch asks of it. */
interface Asked {
  readonly balance: Balance;
  /** What the balance comes to when everything that is asked is counted. */
  readonly most: number;
  /** Whether anything is given back. */
  readonly gives: boolean;
}

/** A change that a correction made: a fact, which no limit holds up. */
interface Corrected {
  readonly balance: Balance;
  /** Negative where less is counted now. */
  readonly change: number;
  readonly occurredAt: Date;
}

/** Of a balance; `below` is not included. */
export interface QuietRange {
  readonly from: number;
  readonly below: number;
}

/** What is not pure is called inside the batch's transaction, with the balances locked. */
export interface Rules {
  /** Whether a scope has rules of its own, so that it is never counted alone. Pure; from what is known of the scope. */
  ruled(scope: Scope): boolean;
  /** Around a balance, as far as {@link Rules.counted} has nothing to do for what is counted within. Pure. */
  quietRange(scope: Scope, used: number): QuietRange;
  /** Which balances are to be decided by {@link Rules.count}. */
  select(tx: Tx, asked: readonly Asked[], at: Date): Promise<ReadonlySet<Balance>>;
  /** Decides in order of arrival, and books through `book` what it admits. */
  count(tx: Tx, candidates: readonly Candidate[], at: Date): Promise<readonly Outcome[]>;
  /** After everything was written: `before` and `used` of each balance say what happened. */
  counted(tx: Tx, balances: readonly Balance[], at: Date): Promise<void>;
  /** After a correction changed balances. */
  corrected(tx: Tx, corrections: readonly Corrected[], at: Date): Promise<void>;
}
