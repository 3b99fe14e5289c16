/**
 * Taking back or mending what was recorded. Nothing is erased: a correction is one more row, one more ledger entry, in the
 * balance that the event was counted to, also where the period of that balance is over.
 */
import { canonicalJson, type JsonObject, scaledToNumber } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import { saasErrors } from "../errors.ts";
import type { PlanFeature } from "../plans/feature.ts";
import { saasTables } from "../schema.ts";
import { checkSubjectId } from "../subject.ts";
import type { Balance } from "./batch.ts";
import { lockBalances, writeBalance } from "./book.ts";
import { type CorrectionChange, changeOf, type NextState } from "./correction-change.ts";
import type { CountOptions } from "./count.ts";
import { checkEventId, scaledQuantity } from "./event-rules.ts";
import { createEventKeys } from "./keys.ts";
import { metadataText } from "./metadata.ts";
import { matches, meterOf } from "./meter.ts";
import { scopeOfBalance } from "./scope.ts";
import { findStored, presentOf, type StoredEvent } from "./stored-events.ts";

/** Which event. */
export interface EventName {
  readonly subjectId: string;
  /** As it was recorded with. */
  readonly id: string;
}

/** What an event should have said. What is left out stays as it is. */
export interface Replacement extends EventName {
  readonly quantity?: number | string | undefined;
  readonly metadata?: JsonObject | undefined;
}

/** What became of a correction. Quantities are in the feature's unit. */
export interface CorrectionResult {
  /** false: it was so already, and nothing was written. */
  readonly changed: boolean;
  readonly feature: string;
  /** The start of the usage period that was corrected; null for a standing count. */
  readonly periodStart: Date | null;
  /** What the event counts for now; 0 once it is void. */
  readonly quantity: number;
  /** The balance now. */
  readonly used: number;
}

export interface Corrections {
  /**
   * Takes an event back: it counts nothing from now on, and its id can never be counted again. Again: nothing changes.
   *
   * The balance, the history and the groups of the event's own period follow in the same transaction, also where that
   * period is over; the ledger entry is `void`.
   * @throws `event_not_found`, `usage_below_zero` (a standing count of which more was given back than would be left),
   *   `invalid_event_id`, `invalid_subject_id`
   * @example await meters.void({ subjectId, id: "job-1" }, tx);
   */
  void(event: EventName, tx?: Tx): Promise<CorrectionResult>;
  /**
   * Says what an event should have said: another quantity, other metadata. Again: nothing changes. No limit holds it up,
   * since it is a fact and not a request; the ledger entry is `replace`.
   * @throws as {@link Corrections.void}, and `event_voided`, `invalid_quantity`, `invalid_metadata`, `usage_out_of_range`
   * @example await meters.replace({ subjectId, id: "job-1", quantity: "2.5" }, tx);
   */
  replace(event: Replacement, tx?: Tx): Promise<CorrectionResult>;
}

export interface CorrectionsOptions extends CountOptions {
  readonly database: Database;
}

export function createCorrections(options: CorrectionsOptions): Corrections {
  const { database, clock, plans, entitlements, rules } = options;
  const keys = createEventKeys();

  async function correct(
    tx: Tx,
    { subjectId, id }: EventName,
    next: (feature: PlanFeature, present: StoredEvent) => NextState | null,
  ): Promise<CorrectionResult> {
    const key = keys.of(checkSubjectId(subjectId), checkEventId(id));
    const stored = await findStored(tx, key);
    if (stored === undefined) throw saasErrors.event_not_found({ detail: "No event of this id was ever counted." });
    const feature = plans.feature(stored.feature);
    const at = clock.now();
    const balance = await lockOf(tx, stored, feature, at);
    const present = await presentOf(tx, stored);
    const state = next(feature, present);
    if (state !== null) {
      const change = await changeOf(tx, balance, subjectId, present, state);
      await writeCorrection(tx, balance, { present, state, change }, at);
      await rules.corrected(tx, [{ balance, change: change.balance, occurredAt: new Date(present.time) }], at);
    }
    const unit = (scaled: number) => scaledToNumber(scaled, feature.decimals);
    return {
      changed: state !== null,
      feature: feature.id,
      periodStart: feature.kind === "metered" ? stored.periodStart : null,
      quantity: unit(state?.quantity ?? present.quantity),
      used: unit(balance.used),
    };
  }

  /** Locks the balance that an event was counted to: the one of its own period, by the last terms in force in it. */
  async function lockOf(
    tx: Tx,
    { subjectId, counterKey, periodStart }: { subjectId: string; counterKey: Buffer; periodStart: Date },
    feature: PlanFeature,
    at: Date,
  ): Promise<Balance> {
    const history = await entitlements.history(tx, subjectId);
    const [balance] = await lockBalances(tx, [scopeOfBalance(history, feature, { counterKey, periodStart }, at)]);
    if (!balance) throw new Error("a balance that was asked for was not read");
    return balance;
  }

  return {
    void: (event, tx) =>
      database.transaction(
        (inside) =>
          correct(inside, event, (_feature, { voided }) =>
            voided ? null : { kind: "void", quantity: 0, counts: false, metadata: null },
          ),
        tx,
      ),

    replace: ({ quantity, metadata, ...event }, tx) =>
      database.transaction(
        (inside) =>
          correct(inside, event, (feature, present) => {
            if (present.voided) throw saasErrors.event_voided({ detail: "What was taken back cannot be mended." });
            const scaled = quantity === undefined ? present.quantity : scaledQuantity(feature, quantity);
            // Checked as that of a new event; what was stored was checked when it came.
            metadataText(metadata);
            const after = metadata ?? (present.metadata as JsonObject | null);
            const same = scaled === present.quantity && canonicalJson(after) === canonicalJson(present.metadata);
            if (same) return null;
            const counts = matches(meterOf(feature), after ?? undefined);
            return { kind: "replace", quantity: scaled, counts, metadata: after };
          }),
        tx,
      ),
  };
}

async function writeCorrection(
  tx: Tx,
  balance: Balance,
  { present, state, change }: { present: StoredEvent; state: NextState; change: CorrectionChange },
  at: Date,
): Promise<void> {
  const { corrections } = saasTables(tx.dialect);
  await writeBalance(tx, balance, state.kind, at);
  await tx.db.insert(corrections).values({
    eventKey: present.key,
    revision: present.revision + 1,
    counterKey: present.counterKey,
    entry: balance.entries,
    kind: state.kind,
    quantity: state.quantity,
    change: change.sum,
    filtered: !state.counts,
    metadata: state.kind === "void" ? present.metadata : state.metadata,
    at,
  });
}
