/**
 * All that decides about a use beyond a plain limit, inside one transaction: read once, changed by the decisions, written
 * once. A reader loads the same and drops it, so that what `check` says is what `consume` would do.
 */
import { bucketStart } from "@revops/core";
import type { Handle } from "@revops/database";
import type { CreditSource } from "../credits/credit-source.ts";
import { byDrawingOrder, isLive, type LiveGrant } from "../credits/grant.ts";
import { presentGrants } from "../credits/present-grants.ts";
import { featureAccount, type PoolRates, poolAccount } from "../credits/rates.ts";
import type { CreditStore, NetDraw } from "../credits/store.ts";
import type { EntitlementStore } from "../entitlements/store.ts";
import { presentOf, termsAt } from "../entitlements/terms.ts";
import type { Scope } from "../metering/batch.ts";
import { scopesOfReservations } from "../reservations/scope-of.ts";
import type { ReservationStore } from "../reservations/store.ts";
import { createFeatureState, type FeatureState, type Question, type SubjectState } from "./feature-state.ts";
import { readLapsedBeside } from "./lapsed-beside.ts";
import { loadOverageSpend, type OverageSpendOptions } from "./overage-spend.ts";
import { windowsOf } from "./scope-rules.ts";
import { type Tally, type TallyKind, tallyKey, wholePeriod } from "./tally.ts";

export interface QuotaStateOptions extends OverageSpendOptions {
  readonly rates: PoolRates;
  readonly entitlements: EntitlementStore;
  readonly credits: CreditStore;
  readonly reservations: ReservationStore;
}

export interface QuotaState {
  of(scope: Scope): FeatureState;
  readonly subjects: ReadonlyMap<string, SubjectState>;
  readonly features: readonly FeatureState[];
  readonly tallies: readonly Tally[];
}

/** The same as inside a transaction that decides, for a reader: also what has lapsed beside is free. Writes nothing. */
export async function readQuotaState(
  handle: Handle,
  questions: readonly Question[],
  now: Date,
  options: QuotaStateOptions,
): Promise<QuotaState> {
  const scopes = questions.map(({ scope }) => scope);
  const beside = await readLapsedBeside(handle, scopes, now, options);
  return loadQuotaState(handle, [...questions, ...beside], now, options);
}

/** Loads everything about some balances, brought up to date to `now`. Writes nothing. */
export async function loadQuotaState(
  handle: Handle,
  questions: readonly Question[],
  now: Date,
  options: QuotaStateOptions,
): Promise<QuotaState> {
  const { plans, rates, entitlements, store, credits, reservations } = options;
  const counterKeys = questions.map(({ scope }) => scope.counterKey);
  const subjectIds = [...new Set(questions.map(({ scope }) => scope.subjectId))];

  const lapsed = Map.groupBy(await reservations.ended(handle, counterKeys, now), (row) => hex(row.counterKey));
  const tallies = await loadTallies();
  const draws = await loadDraws();
  const giving = questions.filter(({ gives }) => gives).map(({ scope }) => scope.counterKey);
  const held = await reservations.heldOf(handle, giving, now);
  const subjects = await loadSubjects();
  const scopes = questions.map(({ scope }) => scope);
  const spend = await loadOverageSpend(handle, scopes, subjects, now, options);
  const features = questions.map(featureState);
  for (const feature of features) {
    // Not by the scope that was asked about: what comes back must not depend on who comes by first.
    const scopesOfLapsed = await scopesOfReservations(handle, feature.lapsed, now, options);
    for (const [index, { quantity, reservedAt }] of feature.lapsed.entries()) {
      feature.give(quantity, reservedAt, scopesOfLapsed[index]);
      feature.question.used -= quantity;
    }
  }
  const byCounter = new Map(features.map((feature) => [hex(feature.question.scope.counterKey), feature]));

  return {
    of(scope) {
      const found = byCounter.get(hex(scope.counterKey));
      if (!found) throw new Error("The balance was not among those that were asked about.");
      return found;
    },
    subjects,
    features,
    tallies: [...tallies.values()],
  };

  async function loadTallies(): Promise<Map<string, Tally>> {
    const all = new Map<string, Tally>();
    const add = ({ counterKey, subjectId }: Scope, kind: TallyKind, start: Date) => {
      const key = tallyKey(counterKey, kind, start);
      all.set(hex(key), { key, counterKey, subjectId, kind, start, amount: 0, entries: 0, change: 0 });
    };
    for (const { scope, times } of questions) {
      add(scope, "credited", wholePeriod);
      const taken = lapsed.get(hex(scope.counterKey))?.map(({ reservedAt }) => reservedAt) ?? [];
      for (const { interval } of windowsOf(scope)) {
        for (const at of [now, ...times, ...taken]) add(scope, interval, bucketStart(interval, at));
      }
    }
    const keys = [...all.values()].map(({ key }) => key);
    for (const { key, amount, entries } of await store.tallies(handle, keys)) {
      const tally = all.get(hex(key));
      if (tally) Object.assign(tally, { amount, entries });
    }
    return all;
  }

  async function loadDraws(): Promise<Map<string, NetDraw[]>> {
    const wanted = questions.filter(({ scope, gives }) => {
      const credited = creditedOf(scope).amount;
      return credited > 0 && (gives || lapsed.has(hex(scope.counterKey)));
    });
    const rows = await credits.draws(
      handle,
      wanted.map(({ scope }) => scope.counterKey),
    );
    return Map.groupBy(
      rows.filter(({ units }) => units > 0),
      ({ counterKey }) => hex(counterKey),
    );
  }

  async function loadSubjects(): Promise<Map<string, SubjectState>> {
    const open = await credits.open(handle, subjectIds);
    const known = new Set(open.map(({ key }) => hex(key)));
    const over = [...draws.values()].flat().filter(({ grantKey }) => !known.has(hex(grantKey)));
    const all = [
      ...open,
      ...(await credits.byKeys(
        handle,
        over.map(({ grantKey }) => grantKey),
      )),
    ];
    const caps = await store.spendCaps(handle, subjectIds);
    const loaded = new Map<string, SubjectState>();
    for (const subjectId of subjectIds) {
      const found = await entitlements.find(handle, subjectId);
      if (!found) continue;
      const terms = termsAt(found, presentOf(found, now));
      const theirs = all.filter((grant) => grant.subjectId === subjectId);
      const grants = presentGrants(theirs, terms, now, plans);
      loaded.set(subjectId, { terms, grants, caps: caps.filter((cap) => cap.subjectId === subjectId) });
    }
    return loaded;
  }

  function featureState(question: Question): FeatureState {
    const { scope } = question;
    const key = hex(scope.counterKey);
    const subject = subjects.get(scope.subjectId);
    if (!subject) throw new Error("A balance's subject has terms.");
    return createFeatureState({
      ...{ question, subject, now },
      credited: creditedOf(scope),
      lapsed: lapsed.get(key) ?? [],
      draws: draws.get(key) ?? [],
      held: held.get(key)?.live ?? 0,
      tallyOf: (kind, start) => tallies.get(hex(tallyKey(scope.counterKey, kind, start))),
      sources: () => sourcesOf(scope, subject),
      spend: () => spend.guardOf(scope, subject, features),
    });
  }

  /** What the feature may draw from, in the order of drawing. */
  function sourcesOf({ feature }: Scope, { grants, terms }: SubjectState): CreditSource[] {
    if (feature.kind !== "metered") return [];
    const own = featureAccount(feature.id);
    const pool = rates.get(feature.id);
    const rateOf = ({ account }: LiveGrant) =>
      account === own ? 1 : pool && account === poolAccount(pool.pool) ? pool.rate : null;
    return grants
      .filter((grant) => grant.remaining > 0 && isLive(grant, presentOf(terms, now)))
      .sort(byDrawingOrder(own))
      .flatMap((grant) => {
        const rate = rateOf(grant);
        return rate === null ? [] : [{ grant, rate }];
      });
  }

  function creditedOf({ counterKey }: Scope): Tally {
    const tally = tallies.get(hex(tallyKey(counterKey, "credited", wholePeriod)));
    if (!tally) throw new Error("What credits paid for is read of every balance.");
    return tally;
  }
}

function hex(key: Buffer): string {
  return key.toString("hex");
}
