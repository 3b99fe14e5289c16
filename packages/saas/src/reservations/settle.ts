/** One batch of reserving, committing and releasing in one transaction, in order of arrival. */
import type { Clock, JsonObject } from "@revops/core";
import type { Tx } from "@revops/database";
import { type AlertsOptions, announce } from "../alerts/alerts.ts";
import { presentOf, type Terms } from "../entitlements/terms.ts";
import { saasErrors } from "../errors.ts";
import type { Balance, CheckedEvent, Outcome, Scope } from "../metering/batch.ts";
import { book, lockBalances, type Posting } from "../metering/book.ts";
import { scaledQuantity } from "../metering/event-rules.ts";
import { scopeNow } from "../metering/scope.ts";
import type { FeatureState } from "../quotas/feature-state.ts";
import { reasonsOf } from "../quotas/judge.ts";
import { quotaError } from "../quotas/quota-error.ts";
import { decide, openState, writeState } from "../quotas/quota-rules.ts";
import type { QuotaStateOptions } from "../quotas/quota-state.ts";
import { verdictOf } from "../quotas/verdict-of.ts";
import type { CommitOperation, Operation, OperationResult, ReserveOperation } from "./operations.ts";
import { scopesOfReservations } from "./scope-of.ts";
import type { Ending, ReservationRow } from "./store.ts";

export interface SettleOptions extends QuotaStateOptions, AlertsOptions {
  readonly clock: Clock;
  /** A checked event of the package's own. */
  readonly eventOf: (row: ReservationRow, quantity: number, metadata: JsonObject | undefined) => CheckedEvent;
}

/** What a batch books on one balance. */
interface Bookings {
  held: number;
  released: number;
  /** What the commits change beyond what was held. */
  committed: number;
  readonly events: CheckedEvent[];
}

export async function settleReservations(
  tx: Tx,
  operations: readonly Operation[],
  options: SettleOptions,
): Promise<(OperationResult | Error)[]> {
  const { reservations, plans, clock } = options;
  const now = clock.now();
  const keys = [...new Map(operations.map(({ key }) => [key.toString("hex"), key])).values()];

  const { balances, terms } = await lockAll(tx, operations, keys, now, options);
  const balanceOf = new Map(balances.map((balance) => [balance.scope.counterKey.toString("hex"), balance]));
  const before = await reservations.byKeys(tx, keys);
  const questions = balances.map((balance) => {
    const { subjectId, counterKey } = balance.scope;
    const theirs = before.filter((row) => row.counterKey.equals(counterKey)).map(({ reservedAt }) => reservedAt);
    const present = terms.get(subjectId);
    // By a clock that is behind the terms, what is reserved now is of their first instant.
    const times = present ? [...theirs, presentOf(present, now)] : theirs;
    return { balance, used: balance.used, times, gives: true };
  });
  const state = await openState(tx, questions, now, options);
  // Read again: those whose end had come were given back just now.
  const rows = new Map((await reservations.byKeys(tx, keys)).map((row) => [row.key.toString("hex"), row]));
  const begun: ReservationRow[] = [];
  const endings: Ending[] = [];
  const booked = new Map<Balance, Bookings>();

  const results = operations.map((operation): OperationResult | Error => {
    const row = rows.get(operation.key.toString("hex"));
    if (operation.kind === "reserve") return row ? repeated(row) : reserve(operation);
    if (!row) return saasErrors.reservation_not_found({ detail: `There is no reservation "${operation.id}".` });
    if (operation.kind === "expire") return repeated(row);
    return operation.kind === "commit" ? commit(operation, row) : release(row);
  });

  for (const [balance, { held, released, committed, events }] of booked) {
    const postings: Posting[] = [];
    if (held !== 0) postings.push({ balance, kind: "hold", quantity: held });
    if (events.length > 0) postings.push({ balance, kind: "commit", quantity: committed, events });
    if (released !== 0) postings.push({ balance, kind: "release", quantity: -released });
    await book(tx, postings, now);
  }
  await reservations.insert(
    tx,
    begun.map((row) => rows.get(row.key.toString("hex")) ?? row),
  );
  for (const ending of endings) {
    if (begun.some(({ key }) => key.equals(ending.key))) continue;
    if (!(await reservations.end(tx, ending))) throw new Error("A reservation changed without its balance's lock.");
  }
  await writeState(tx, state, now, options);
  await announce(tx, balances, now, options);
  return results;

  function repeated(row: ReservationRow): OperationResult {
    const { feature, scope } = heldBy(row);
    return {
      row,
      duplicate: true,
      scope,
      outcome: outcomeOf("duplicate", feature, row.quantity, row.reservedAt, null),
    };
  }

  function reserve({ key, subjectId, id, feature: { id: featureId }, quantity, expiresAt }: ReserveOperation) {
    const known = terms.get(subjectId);
    if (!known) return saasErrors.subject_not_found({ detail: "The subject was never given an entitlement." });
    const scope = scopeNow(known, plans.feature(featureId), now);
    const feature = state.of(scope);
    const reservedAt = presentOf(known, now);
    const admission = decide(feature, quantity, reservedAt);
    const result = admission.refusal ?? "counted";
    const outcome = outcomeOf(result, feature, quantity, reservedAt, admission);
    if (admission.refusal !== null) return { row: null, duplicate: false, scope, outcome };
    const row: ReservationRow = {
      ...{ key, subjectId, id, feature: featureId, quantity, reservedAt, expiresAt },
      counterKey: scope.counterKey,
      periodStart: scope.period?.start ?? null,
      periodEnd: scope.period?.end ?? null,
      ...{ state: "held", committed: null, endedAt: null },
    };
    rows.set(key.toString("hex"), row);
    begun.push(row);
    bookingsOf(scope).held += quantity;
    return { row, duplicate: false, scope, outcome };
  }

  function release(row: ReservationRow): OperationResult | Error {
    const { feature, scope } = heldBy(row);
    const answer = (ended: ReservationRow, duplicate: boolean): OperationResult => ({
      ...{ row: ended, duplicate, scope },
      outcome: outcomeOf("counted", feature, row.quantity, row.reservedAt, null),
    });
    if (row.state === "committed") return saasErrors.reservation_committed({ detail: `"${row.id}" was committed.` });
    if (row.state !== "held") return answer(row, true);
    feature.give(row.quantity, row.reservedAt);
    feature.question.used -= row.quantity;
    bookingsOf(scope).released += row.quantity;
    return answer(end(row, "released", null), false);
  }

  function commit(
    { quantity: wanted, beyond, metadata }: CommitOperation,
    row: ReservationRow,
  ): OperationResult | Error {
    const { feature, scope } = heldBy(row);
    if (row.state === "released") return saasErrors.reservation_released({ detail: `"${row.id}" was released.` });
    if (row.state === "committed") return repeated(row);
    let quantity: number;
    try {
      quantity = wanted === null ? row.quantity : scaledQuantity(scope.feature, wanted);
      if (quantity < 0) throw saasErrors.invalid_quantity({ detail: "What is committed is not negative." });
    } catch (error) {
      return error as Error;
    }
    // What has expired holds nothing any more, so all of it has to fit again.
    const held = row.state === "held" ? row.quantity : 0;
    const more = quantity - held;
    if (more < 0) {
      feature.give(-more, row.reservedAt);
      feature.question.used += more;
    }
    if (more > 0) {
      const admission = decide(feature, more, row.reservedAt);
      if (admission.refusal !== null) {
        if (beyond === "refuse" || admission.refusal === "usage_out_of_range") {
          const refused = outcomeOf(admission.refusal, feature, more, row.reservedAt, admission);
          const error = quotaError(refused, verdictOf(refused, plans));
          if (row.state === "held") return error;
          const { message: detail, fields } = error;
          return saasErrors.reservation_expired({ detail, fields });
        }
        // It was used all the same.
        feature.take(more, row.reservedAt);
      }
    }
    const bookings = bookingsOf(scope);
    bookings.committed += more;
    bookings.events.push(options.eventOf(row, quantity, metadata));
    const outcome = outcomeOf("counted", feature, quantity, row.reservedAt, null);
    return { row: end(row, "committed", quantity), duplicate: false, scope, outcome };
  }

  function end(row: ReservationRow, to: "committed" | "released", committed: number | null): ReservationRow {
    const ended = { ...row, state: to, committed, endedAt: now } as const;
    endings.push({ key: row.key, from: row.state, state: to, committed, endedAt: now });
    rows.set(row.key.toString("hex"), ended);
    return ended;
  }

  function heldBy({ counterKey }: ReservationRow): { feature: FeatureState; scope: Scope } {
    const balance = balanceOf.get(counterKey.toString("hex"));
    if (!balance) throw new Error("A reservation's balance is locked with it.");
    return { feature: state.of(balance.scope), scope: balance.scope };
  }

  function bookingsOf({ counterKey }: Scope): Bookings {
    const balance = balanceOf.get(counterKey.toString("hex"));
    if (!balance) throw new Error("A reservation's balance is locked with it.");
    const known = booked.get(balance) ?? { held: 0, released: 0, committed: 0, events: [] };
    booked.set(balance, known);
    return known;
  }

  function outcomeOf(
    result: Outcome["result"],
    feature: FeatureState,
    quantity: number,
    at: Date,
    admission: ReturnType<typeof decide> | null,
  ): Outcome {
    const reasons = reasonsOf(feature.allowance(at), admission);
    return { result, scope: feature.question.scope, quantity, used: feature.question.used, reasons };
  }
}

/** Locks every balance that these operations concern, by terms that are still the present ones once it is locked. */
async function lockAll(
  tx: Tx,
  operations: readonly Operation[],
  keys: readonly Buffer[],
  now: Date,
  options: SettleOptions,
) {
  const { reservations, entitlements } = options;
  const subjectIds = new Set(operations.map(({ subjectId }) => subjectId));
  for (;;) {
    const scopes = new Map<string, Scope>();
    const terms = await presentTerms();
    for (const operation of operations) {
      const known = operation.kind === "reserve" ? terms.get(operation.subjectId) : undefined;
      if (operation.kind !== "reserve" || !known) continue;
      const scope = scopeNow(known, operation.feature, now);
      scopes.set(scope.counterKey.toString("hex"), scope);
    }
    for (const scope of await scopesOfReservations(tx, await reservations.byKeys(tx, keys), now, options)) {
      scopes.set(scope.counterKey.toString("hex"), scope);
    }
    const balances = await lockBalances(tx, [...scopes.values()]);
    const after = await presentTerms();
    const changed = [...terms].some(([subjectId, { version }]) => after.get(subjectId)?.version !== version);
    if (!changed) return { balances, terms };
  }

  async function presentTerms(): Promise<Map<string, Terms>> {
    const found = new Map<string, Terms>();
    for (const subjectId of subjectIds) {
      const terms = await entitlements.find(tx, subjectId);
      if (terms) found.set(subjectId, terms);
    }
    return found;
  }
}
