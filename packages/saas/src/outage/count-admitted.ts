/** Counts events that were admitted already, whatever the limits say now. */
import type { Clock, Logger } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import { type AlertsOptions, announce } from "../alerts/alerts.ts";
import { addsUp } from "../credits/rates.ts";
import { later } from "../entitlements/terms.ts";
import type { Balance, CheckedEvent, Scope } from "../metering/batch.ts";
import { book, lockBalances } from "../metering/book.ts";
import { scopeAt } from "../metering/scope.ts";
import type { FeatureState } from "../quotas/feature-state.ts";
import { decide, knownKeys, openState, writeState } from "../quotas/quota-rules.ts";
import type { QuotaStateOptions } from "../quotas/quota-state.ts";

export interface CountAdmittedOptions extends QuotaStateOptions, AlertsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function createCountAdmitted(options: CountAdmittedOptions) {
  const { database, clock, logger, entitlements } = options;

  async function scopeOf(tx: Tx, { subjectId, feature, occurredAt }: CheckedEvent, now: Date): Promise<Scope | null> {
    const at = occurredAt ?? now;
    const terms = await entitlements.findAt(tx, subjectId, at);
    return terms ? scopeAt(terms, feature, later(at, terms.since)) : null;
  }

  /** Each to the period in which it was admitted. Those of a subject that is unknown are nobody's. */
  return (events: readonly CheckedEvent[]): Promise<void> =>
    database.transaction(async (tx) => {
      const now = clock.now();
      const groups = new Map<string, { scope: Scope; events: CheckedEvent[] }>();
      for (const event of events) {
        const scope = await scopeOf(tx, event, now);
        if (!scope) continue;
        const key = scope.counterKey.toString("hex");
        const group = groups.get(key) ?? { scope, events: [] };
        groups.set(key, group);
        group.events.push(event);
      }
      const balances = await lockBalances(
        tx,
        [...groups.values()].map(({ scope }) => scope),
      );
      const known = await knownKeys(
        tx,
        events.map(({ key }) => key()),
      );
      const fresh = balances.map((balance) => ({
        balance,
        events: (groups.get(balance.scope.counterKey.toString("hex"))?.events ?? []).filter(({ key }) => {
          const text = key().toString("latin1");
          // Also what was asked for twice meanwhile.
          return !known.has(text) && known.add(text);
        }),
      }));
      for (const group of await take(tx, fresh, now)) await book(tx, [{ ...group, kind: "usage" }], now);
      await announce(tx, balances, now, options);
    });

  /** Draws and sums as if they had been asked for; what does not fit counts as if it had. Gives what is to be booked. */
  async function take(tx: Tx, groups: readonly Group[], now: Date): Promise<readonly Group[]> {
    const additive = groups.filter(({ balance }) => addsUp(balance.scope.feature));
    const questions = additive.map(({ balance, events }) => ({
      balance,
      used: balance.used,
      times: events.map(({ occurredAt }) => occurredAt ?? now),
      gives: events.some(({ quantity }) => quantity < 0),
    }));
    const state = await openState(tx, questions, now, options);
    const taken = groups.map((group): Group => {
      const { balance, events } = group;
      if (!additive.includes(group)) return group;
      const feature = state.of(balance.scope);
      return { balance, events: events.filter((event) => takeOne(feature, event, now)) };
    });
    await writeState(tx, state, now, options);
    return taken;
  }

  /** Whether it counts. What no balance can be (less than nothing, more than a number holds) would hold up all others for ever. */
  function takeOne(
    feature: FeatureState,
    { subjectId, quantity, counts, occurredAt }: CheckedEvent,
    now: Date,
  ): boolean {
    const at = occurredAt ?? now;
    const change = counts ? quantity : 0;
    const { refusal } = decide(feature, change, at);
    if (refusal === null) return true;
    if (refusal === "usage_below_zero" || refusal === "usage_out_of_range") {
      const of = { subjectId, feature: feature.question.scope.feature.id, quantity, refusal };
      logger.warn(of, "usage that was admitted while the database was away cannot be counted");
      return false;
    }
    feature.take(change, at);
    return true;
  }
}

interface Group {
  readonly balance: Balance;
  readonly events: readonly CheckedEvent[];
}
