/**
 * The decisions beyond a plain limit, inside the batch that counts: soft limits, caps inside the period, credits, customers'
 * own caps, reservations whose end has come.
 *
 * Who has none of these pays nothing: as long as a batch fits the limit and costs nothing, its use is included in the plan
 * whatever else there may be, so the hot path decides. Only a balance with a cap inside the period, one where something does not
 * fit and more than the limit may decide, or one whose use costs something that credits may pay for, comes here, in the same
 * transaction and in order of arrival.
 */
import type { Tx } from "@revops/database";
import { inArray } from "drizzle-orm";
import { type AlertsOptions, announce, betweenMarks } from "../alerts/alerts.ts";
import { announceLowCredits, lowAccounts } from "../credits/low-credits.ts";
import { addsUp } from "../credits/rates.ts";
import { saasErrors } from "../errors.ts";
import { refusalOf } from "../metering/admission.ts";
import type { Balance, Candidate, CheckedEvent, Outcome, Scope } from "../metering/batch.ts";
import { book } from "../metering/book.ts";
import { batchConflict } from "../metering/conflict.ts";
import type { Rules } from "../metering/rules.ts";
import { mostStanding } from "../metering/tally.ts";
import { saasTables } from "../schema.ts";
import { admit } from "./allowance.ts";
import type { FeatureState, Question } from "./feature-state.ts";
import { reasonsOf } from "./judge.ts";
import { lockLapsedBeside } from "./lapsed-beside.ts";
import { loadQuotaState, type QuotaState, type QuotaStateOptions } from "./quota-state.ts";
import type { Reasons } from "./reasons.ts";
import { freeOf, isWithin } from "./scope-rules.ts";
import { verdictInputs } from "./verdict-inputs.ts";

export interface QuotaRulesOptions extends QuotaStateOptions, AlertsOptions {}

export function createQuotaRules(options: QuotaRulesOptions): Rules {
  const { plans, rates, store } = options;

  const ruled = ({ terms, feature }: Scope) => (terms.plan.rules[feature.id]?.windows.length ?? 0) > 0;

  /** Whether more than the limit may be used. */
  const isSoft = ({ terms, feature }: Scope) => terms.plan.rules[feature.id]?.limit === "soft";

  /** Whether the plan itself brings credits that pay for it. */
  function isCredited({ terms, feature }: Scope): boolean {
    const pool = rates.get(feature.id)?.pool;
    return pool !== undefined && terms.plan.credits[pool] !== undefined;
  }

  return {
    ruled,

    quietRange(scope, used) {
      const free = freeOf(scope);
      const { from, below } = betweenMarks(scope, used);
      // What credits may pay for is never counted without a look at them.
      return { from, below: free === scope.limit || free === null ? below : Math.min(below, free + 1) };
    },

    async select(tx, given) {
      const selected = new Set<Balance>();
      const asked: Balance[] = [];
      for (const { balance, most, gives } of given) {
        const { scope } = balance;
        // Of a maximum or a latest value, no part can be set aside, paid for or billed by itself.
        if (!addsUp(scope.feature)) continue;
        const isFree = isWithin(freeOf(scope), most);
        const decided = isWithin(scope.limit, most) || !isSoft(scope);
        if (ruled(scope) || !decided || (!isFree && isCredited(scope))) selected.add(balance);
        // What is given back must not be what is only reserved.
        else if (!isFree || gives) asked.push(balance);
      }
      if (asked.length > 0) {
        const extras = await store.withExtras(tx, [...new Set(asked.map(({ scope }) => scope.subjectId))]);
        for (const balance of asked) if (extras.has(balance.scope.subjectId)) selected.add(balance);
      }
      return selected;
    },

    async count(tx, candidates, at) {
      const known = await knownKeys(
        tx,
        candidates.map(({ event }) => event.key()),
      );
      const state = await openState(tx, questionsOf(candidates, at), at, options);
      const counted = new Map<Balance, CheckedEvent[]>();
      const outcomes = candidates.map(({ event, balance }): Outcome => {
        const feature = state.of(balance.scope);
        const key = event.key().toString("latin1");
        const time = event.occurredAt ?? at;
        const outcome = (result: Outcome["result"], reasons: Reasons): Outcome => ({
          result,
          scope: balance.scope,
          quantity: event.quantity,
          used: feature.question.used,
          reasons,
        });
        if (known.has(key)) return outcome("duplicate", reasonsOf(feature.allowance(time), null));
        const admission = decide(feature, event.counts ? event.quantity : 0, time);
        if (admission.refusal !== null) {
          const allowance = feature.allowance(time);
          const inputs = verdictInputs(balance.scope, allowance, event.quantity, time, plans.version);
          return outcome(admission.refusal, { ...reasonsOf(allowance, admission), inputs });
        }
        known.add(key);
        counted.set(balance, [...(counted.get(balance) ?? []), event]);
        return outcome("counted", reasonsOf(feature.allowance(time), admission));
      });
      for (const [balance, events] of counted) {
        const repeated = await book(tx, [{ balance, kind: "usage", events }], at);
        // The same id, for another feature, at this very moment.
        if (repeated.size > 0) throw batchConflict();
      }
      await writeState(tx, state, at, options);
      return outcomes;
    },

    counted: (tx, balances, at) => announce(tx, balances, at, options),

    async corrected(tx, corrections, at) {
      const subjects = corrections.map(({ balance }) => balance.scope.subjectId);
      const extras = await store.withExtras(tx, [...new Set(subjects)]);
      const concerned = corrections.filter(
        ({ balance: { scope, used }, change }) =>
          addsUp(scope.feature) &&
          (extras.has(scope.subjectId) || (change > 0 && !isWithin(freeOf(scope), used) && isCredited(scope))),
      );
      if (concerned.length === 0) return;
      const byBalance = Map.groupBy(concerned, ({ balance }) => balance);
      // Also what is reserved and has lapsed is in the balance until it is given back.
      const held = await options.reservations.heldOf(tx, [...byBalance.keys()].map(keyOf), at);
      for (const balance of byBalance.keys()) {
        if (balance.used >= (held.get(keyOf(balance).toString("hex"))?.all ?? 0)) continue;
        throw saasErrors.usage_below_zero({ detail: `Some of "${balance.scope.feature.id}" are only reserved.` });
      }
      const questions = [...byBalance].map(([balance, theirs]): QuestionOf => {
        const change = theirs.reduce((sum, correction) => sum + correction.change, 0);
        // As it was before: what comes back is reckoned from there.
        return { balance, used: balance.used - change, times: theirs.map(({ occurredAt }) => occurredAt), gives: true };
      });
      const state = await openState(tx, questions, at, options);
      for (const { balance, change, occurredAt } of concerned) {
        const feature = state.of(balance.scope);
        if (change < 0) feature.give(-change, occurredAt);
        else feature.take(change, occurredAt);
        if (change < 0) feature.question.used += change;
      }
      await writeState(tx, state, at, options);
    },
  };
}

const keyOf = ({ scope }: Balance) => scope.counterKey;

/** Which of these events were counted before, as latin1 text. */
export async function knownKeys(tx: Tx, keys: readonly Buffer[]): Promise<Set<string>> {
  const { events } = saasTables(tx.dialect);
  const rows = await tx.db
    .select({ key: events.key })
    .from(events)
    .where(inArray(events.key, [...keys]));
  return new Set(rows.map(({ key }) => key.toString("latin1")));
}

/** A question about a balance that this transaction holds. */
export interface QuestionOf extends Omit<Question, "scope"> {
  readonly balance: Balance;
}

function questionsOf(candidates: readonly Candidate[], at: Date): QuestionOf[] {
  const byBalance = Map.groupBy(candidates, ({ balance }) => balance);
  return [...byBalance].map(([balance, theirs]) => ({
    balance,
    used: balance.used,
    times: theirs.map(({ event }) => event.occurredAt ?? at),
    gives: theirs.some(({ event }) => event.quantity < 0),
  }));
}

/** Locks what the subjects' features share, loads it, and gives back what reservations held past their end. */
export async function openState(
  tx: Tx,
  asked: readonly QuestionOf[],
  at: Date,
  options: QuotaStateOptions,
): Promise<QuotaState> {
  const { store, reservations } = options;
  const scopes = asked.map(({ balance }) => balance.scope);
  const beside = await lockLapsedBeside(tx, scopes, at, options);
  const questions: QuestionOf[] = [
    ...asked,
    ...beside.map((balance) => ({ balance, used: balance.used, times: [], gives: false })),
  ];
  await store.lockSubjects(
    tx,
    scopes.map(({ subjectId }) => subjectId),
    at,
  );
  const state = await loadQuotaState(
    tx,
    questions.map(({ balance, ...question }) => ({ ...question, scope: balance.scope })),
    at,
    options,
  );
  for (const [index, { lapsed }] of state.features.entries()) {
    const balance = questions[index]?.balance;
    if (!balance || lapsed.length === 0) continue;
    const keys = lapsed.map(({ key }) => key);
    const expired = await reservations.expire(tx, keys, at);
    if (expired.length !== lapsed.length) throw new Error("A reservation changed without its balance's lock.");
    const quantity = expired.reduce((sum, row) => sum + row.quantity, 0);
    await book(tx, [{ balance, kind: "release", quantity: -quantity }], at);
  }
  return state;
}

/** Writes what the decisions changed beside the balances themselves. */
export async function writeState(
  tx: Tx,
  state: QuotaState,
  at: Date,
  options: QuotaStateOptions & AlertsOptions,
): Promise<void> {
  const { store, credits } = options;
  await store.writeTallies(tx, state.tallies, at);
  const subjects = [...state.subjects];
  const low = subjects.flatMap(([subjectId, { grants }]) =>
    lowAccounts(grants, at).map((account) => ({ subjectId, ...account })),
  );
  await credits.write(
    tx,
    subjects.flatMap(([, { grants }]) => grants),
  );
  await announceLowCredits(tx, low, at, options);
}

/** Decides about a quantity, and takes it if it is admitted. */
export function decide(feature: FeatureState, quantity: number, at: Date) {
  const allowance = feature.allowance(at);
  if (quantity > 0) {
    if (feature.question.scope.period === null && allowance.used + quantity > mostStanding) {
      return { refusal: "usage_out_of_range", obstacle: { kind: "limit" } } as const;
    }
    const admission = admit(allowance, quantity);
    if (admission.refusal === null) feature.take(quantity, at, allowance);
    return admission;
  }
  // Giving back is never held up by a limit, but what is only reserved is not in use.
  const refusal = refusalOf(allowance.used - allowance.held, quantity, null);
  if (refusal !== null) return { refusal, obstacle: { kind: "limit" } } as const;
  feature.give(-quantity, at);
  feature.question.used += quantity;
  return { refusal: null, drawn: { included: quantity, credits: [], overage: 0 } } as const;
}
