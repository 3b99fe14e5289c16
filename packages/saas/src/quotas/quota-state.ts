/**
 * All that decides about a use beyond a plain limit, inside one transaction: read once, changed by the decisions, written
 * once. A reader loads the same and drops it, so that what `check` says is what `consume` would do.
 */
import { bucketStart, type Decimal, dayMs, decimal, fromScaled, hourMs, toScaled } from "@revops/core";
import type { Handle } from "@revops/database";
import type { CreditSource } from "../credits/credit-source.ts";
import { book as bookGrant, byDrawingOrder, giveBack, isLive, type LiveGrant } from "../credits/grant.ts";
import { presentGrants } from "../credits/present-grants.ts";
import { featureAccount, type PoolRates, poolAccount } from "../credits/rates.ts";
import type { CreditStore, NetDraw } from "../credits/store.ts";
import type { EntitlementStore } from "../entitlements/store.ts";
import { presentOf, type Terms, termsAt, usagePeriod } from "../entitlements/terms.ts";
import type { LedgerStore } from "../ledger/store.ts";
import type { Scope } from "../metering/batch.ts";
import { scopeNow } from "../metering/scope.ts";
import type { Plans } from "../plans/plans.ts";
import type { PlanTier } from "../plans/tier.ts";
import type { ReservationRow, ReservationStore } from "../reservations/store.ts";
import { type Allowance, creditedBack, type Drawn, overageOf, type WindowAllowance } from "./allowance.ts";
import { openSpend, type SpendGuard, spendGuard } from "./spend.ts";
import type { QuotaStore, SpendCapRow } from "./store.ts";
import { changeTally, type Tally, type TallyKind, tallyKey, wholePeriod } from "./tally.ts";

/** What overage of a feature costs in a tier, in minor units, unrounded and monotone; null where it costs nothing. */
export type OverageCost = (plan: PlanTier, feature: string, overage: Decimal) => Decimal | null;

export interface QuotaStateOptions {
  readonly plans: Plans;
  readonly rates: PoolRates;
  readonly overageCost: OverageCost;
  readonly entitlements: EntitlementStore;
  readonly ledger: LedgerStore;
  readonly store: QuotaStore;
  readonly credits: CreditStore;
  readonly reservations: ReservationStore;
}

/** What is asked about: a balance, and when it is used. */
export interface Question {
  readonly scope: Scope;
  /** The balance, reserved units included. Changes as uses are admitted. */
  used: number;
  /** Instants whose hour and day matter, besides now. */
  readonly times: readonly Date[];
  /** Whether units may come back, so that it must be known whose credits paid for them. */
  readonly gives: boolean;
}

/** One balance. */
export interface FeatureState {
  readonly question: Question;
  readonly subject: SubjectState;
  readonly credited: Tally;
  /** Reservations whose end had come when this was loaded; already given back here. */
  readonly lapsed: readonly ReservationRow[];
  readonly draws: NetDraw[];
  /** Reserved now; only known where units may come back. */
  readonly held: number;
  allowance(at: Date): Allowance;
  /** Takes what was admitted. */
  take(quantity: number, drawn: Drawn, at: Date): void;
  /** Gives units back that were taken at an instant. */
  give(quantity: number, takenAt: Date): void;
}

/** What the features of a subject share. */
export interface SubjectState {
  readonly terms: Terms;
  grants: LiveGrant[];
  readonly caps: readonly SpendCapRow[];
}

export interface QuotaState {
  of(scope: Scope): FeatureState;
  readonly subjects: ReadonlyMap<string, SubjectState>;
  readonly features: readonly FeatureState[];
  readonly tallies: readonly Tally[];
}

/** Loads everything about some balances, brought up to date to `now`. Writes nothing. */
export async function loadQuotaState(
  handle: Handle,
  questions: readonly Question[],
  now: Date,
  options: QuotaStateOptions,
): Promise<QuotaState> {
  const { plans, rates, entitlements, ledger, store, credits, reservations, overageCost } = options;
  const counterKeys = questions.map(({ scope }) => scope.counterKey);
  const subjectIds = [...new Set(questions.map(({ scope }) => scope.subjectId))];

  const lapsed = Map.groupBy(await reservations.ended(handle, counterKeys, now), (row) => hex(row.counterKey));
  const tallies = await loadTallies();
  const draws = await loadDraws();
  const giving = questions.filter(({ gives }) => gives).map(({ scope }) => scope.counterKey);
  const held = await reservations.heldOf(handle, giving, now);
  const subjects = await loadSubjects();
  const features = questions.map(featureState);
  const elsewhere = await loadElsewhere();
  for (const feature of features) {
    for (const { quantity, reservedAt } of feature.lapsed) {
      feature.give(quantity, reservedAt);
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
      const credited = tallyOf(scope, "credited", wholePeriod).amount;
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

  /** What overage of the features that were not asked about costs, where a cap is on all of them together. */
  async function loadElsewhere(): Promise<Map<string, Decimal>> {
    const costs = new Map<string, Decimal>();
    for (const [subjectId, { terms, caps }] of subjects) {
      const plan = terms.plan;
      if (totalCap(plan, caps) === null) continue;
      const asked = new Set(
        questions.filter(({ scope }) => scope.subjectId === subjectId).map(({ scope }) => hex(scope.counterKey)),
      );
      const scopes = plans.features
        .filter(({ id }) => plan.rules[id]?.limit === "soft")
        .map((feature) => scopeNow(terms, feature, now))
        .filter(({ counterKey }) => !asked.has(hex(counterKey)));
      const keys = scopes.map(({ counterKey }) => counterKey);
      const used = await ledger.usedOf(handle, keys);
      const credited = await store.tallied(handle, "credited", keys);
      let sum = decimal(0);
      for (const scope of scopes) {
        const key = hex(scope.counterKey);
        const standing = { used: used.get(key) ?? 0, credited: credited.get(key) ?? 0, limit: scope.limit };
        sum = sum.plus(costOf(scope, overageOf(standing)) ?? decimal(0));
      }
      costs.set(subjectId, sum);
    }
    return costs;
  }

  function featureState(question: Question): FeatureState {
    const { scope } = question;
    const { subjectId, limit, feature } = scope;
    const subject = subjects.get(subjectId);
    if (!subject) throw new Error("A balance's subject has terms.");
    const credited = tallyOf(scope, "credited", wholePeriod);
    const rule = ruleOf(scope);
    const ownDraws = draws.get(hex(scope.counterKey)) ?? [];

    return {
      question,
      subject,
      credited,
      lapsed: lapsed.get(hex(scope.counterKey)) ?? [],
      draws: ownDraws,
      held: held.get(hex(scope.counterKey))?.live ?? 0,
      allowance: (at) => ({
        used: question.used,
        credited: credited.amount,
        limit,
        soft: rule.limit === "soft",
        windows: windowsOf(scope).map((window): WindowAllowance => {
          const start = bucketStart(window.interval, at);
          const endsAt = new Date(start.getTime() + (window.interval === "hour" ? hourMs : dayMs));
          return { ...window, used: tallyOf(scope, window.interval, start).amount, endsAt };
        }),
        sources: sourcesOf(scope, subject),
        spend: guardOf(scope, subject),
      }),
      take(quantity, drawn, at) {
        question.used += quantity;
        for (const { interval } of windowsOf(scope)) {
          changeTally(tallyOf(scope, interval, bucketStart(interval, at)), quantity);
        }
        for (const { source, units } of drawn.credits) {
          const cost = units * source.rate;
          bookGrant(source.grant, { kind: "draw", quantity: -cost, units, counterKey: scope.counterKey, at: now });
          changeTally(credited, units);
          const draw = ownDraws.find((known) => known.grantKey.equals(source.grant.key));
          if (draw) {
            draw.quantity += cost;
            draw.units += units;
          } else ownDraws.push({ counterKey: scope.counterKey, grantKey: source.grant.key, quantity: cost, units });
        }
      },
      give(quantity, takenAt) {
        for (const { interval } of windowsOf(scope)) {
          const tally = tallies.get(hex(tallyKey(scope.counterKey, interval, bucketStart(interval, takenAt))));
          // The plan may have had no such cap when the units were taken.
          if (tally) changeTally(tally, -Math.min(quantity, tally.amount));
        }
        let back = creditedBack({ used: question.used, credited: credited.amount, limit }, quantity);
        const byKey = new Map(subject.grants.map((grant) => [hex(grant.key), grant]));
        const order = byDrawingOrder(featureAccount(feature.id));
        const drawn = ownDraws
          .flatMap((draw) => {
            const grant = byKey.get(hex(draw.grantKey));
            return grant ? [{ draw, grant }] : [];
          })
          .sort((a, b) => order(b.grant, a.grant));
        for (const { draw, grant } of drawn) {
          const units = Math.min(back, draw.units);
          if (units === 0) continue;
          const cost =
            units === draw.units ? draw.quantity : Number((BigInt(draw.quantity) * BigInt(units)) / BigInt(draw.units));
          giveBack(grant, { quantity: cost, units: -units, counterKey: scope.counterKey, at: now });
          changeTally(credited, -units);
          draw.units -= units;
          draw.quantity -= cost;
          back -= units;
        }
      },
    };
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

  function guardOf(scope: Scope, { caps, terms }: SubjectState): SpendGuard {
    const plan = scope.terms.plan;
    const own = caps.find(({ feature }) => feature === scope.feature.id);
    const present = usagePeriod(terms, presentOf(terms, now));
    const ofPresent = scope.period === null || scope.period.start.getTime() === present.start.getTime();
    const total = totalCap(plan, caps);
    if (own === undefined && total === null) return openSpend;
    return spendGuard({
      units: own?.units ?? null,
      featureAmount: own?.amount ?? null,
      totalAmount: total,
      cost: (overage) => costOf(scope, overage),
      elsewhere() {
        let sum = (ofPresent ? elsewhere.get(scope.subjectId) : undefined) ?? decimal(0);
        for (const { question: other, credited } of features) {
          if (other.scope.subjectId !== scope.subjectId || other.scope === scope || !ofPresent) continue;
          if (other.scope.period !== null && other.scope.period.start.getTime() !== present.start.getTime()) continue;
          if (ruleOf(other.scope).limit !== "soft") continue;
          const overage = overageOf({ used: other.used, credited: credited.amount, limit: other.scope.limit });
          sum = sum.plus(costOf(other.scope, overage) ?? decimal(0));
        }
        return sum;
      },
    });
  }

  function costOf({ terms, feature }: Scope, overage: number): Decimal | null {
    return overageCost(terms.plan, feature.id, decimal(fromScaled(overage, feature.decimals)));
  }

  function tallyOf({ counterKey }: Scope, kind: TallyKind, start: Date): Tally {
    const tally = tallies.get(hex(tallyKey(counterKey, kind, start)));
    if (!tally) throw new Error("The instant was not among those that were asked about.");
    return tally;
  }

  function ruleOf({ terms, feature }: Scope) {
    const rule = terms.plan.rules[feature.id];
    if (!rule) throw new Error("A counted feature has a rule in every tier.");
    return rule;
  }

  function windowsOf(scope: Scope) {
    return ruleOf(scope).windows.map(({ interval, limit }) => ({
      interval,
      limit: toScaled(limit, scope.feature.decimals),
    }));
  }
}

/** The subject's own cap on all overage together, else its tier's; null is none. */
function totalCap({ spendCap }: PlanTier, caps: readonly SpendCapRow[]): number | null {
  const own = caps.find(({ feature }) => feature === "");
  return own ? own.amount : spendCap;
}

function hex(key: Buffer): string {
  return key.toString("hex");
}
