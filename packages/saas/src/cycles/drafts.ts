/** Statements of cycles: the one way from what is stored to what it costs, for previews, closing and what-ifs alike. */
import { canonicalJson, dayMs, fromScaled, type Money, money, periodAt } from "@revops/core";
import type { Handle } from "@revops/database";
import type { EntitlementStore } from "../entitlements/store.ts";
import type { Terms } from "../entitlements/terms.ts";
import type { Plans } from "../plans/plans.ts";
import type { PlanTier } from "../plans/tier.ts";
import type { PaidTime } from "../rating/charged-usage.ts";
import type { Discount } from "../rating/discount.ts";
import { type HeldAddOn, type RatedUsage, type RatingInput, rate, statementOf } from "../rating/rate.ts";
import type { Statement, StatementLine } from "../rating/statement.ts";
import { stepOf } from "../rating/steps.ts";
import type { CountedBalance, CountedEntries, CycleStore, StoredCycle } from "./store.ts";
import { readStatement } from "./stored-statement.ts";
import type { CycleSpan } from "./timeline.ts";
import { type DeductionsOf, meteredUsage, newEntries, standingUsageAgain, usageOfCycle } from "./usage-of-cycle.ts";

export interface Draft {
  readonly statement: Statement;
  readonly rated: readonly RatedUsage[];
  readonly discounts: readonly Discount[];
  /** The ledger entries that the statement is the first to count. */
  readonly counted: readonly CountedEntries[];
  /** Earlier cycles, rated anew with what has arrived since. */
  readonly restated: readonly Restated[];
}

export interface Restated {
  readonly cycleId: string;
  readonly revision: number;
  readonly before: Statement;
  readonly after: Statement;
}

export interface DraftsOptions {
  readonly plans: Plans;
  readonly store: CycleStore;
  readonly entitlements: EntitlementStore;
  readonly deductionsOf: DeductionsOf;
}

export type Drafts = ReturnType<typeof createDrafts>;

export function createDrafts({ plans, store, entitlements, deductionsOf }: DraftsOptions) {
  const { features } = plans;

  /** The statement of a cycle as it would be closed now. */
  async function draft(
    handle: Handle,
    subjectId: string,
    span: CycleSpan,
    discounts: readonly Discount[],
  ): Promise<Draft> {
    const balances = await store.balances(handle, subjectId);
    const { rated, counted } = await usageOfCycle(handle, span, features, balances, store, deductionsOf);
    const own = rate(ratingOf(span.terms, span, rated, discounts));
    const late = balances.filter((balance) => isLate(balance, span.start));
    const again = await restate(handle, subjectId, late, balances);
    const statement = statementOf([...own.lines, ...adjustments(again.restated)], own.currency);
    return { statement, rated, discounts, counted: [...counted, ...again.counted], restated: again.restated };
  }

  /** Closed cycles of which something arrived late or was corrected. */
  async function restate(
    handle: Handle,
    subjectId: string,
    late: readonly CountedBalance[],
    balances: readonly CountedBalance[],
  ): Promise<{ restated: Restated[]; counted: CountedEntries[] }> {
    const starts = [...new Set(late.map(({ periodStart }) => periodStart.getTime()))];
    const restated: Restated[] = [];
    const counted: CountedEntries[] = [];
    for (const start of starts) {
      const cycle = await store.findByStart(handle, subjectId, new Date(start));
      // Over, but not closed yet: its own statement will count it.
      if (!cycle) continue;
      counted.push(...late.filter(({ periodStart }) => periodStart.getTime() === start).flatMap(newEntries));
      const last = await store.lastRestatement(handle, cycle.id);
      const before = readStatement(last?.statement ?? ownLines(cycle));
      const after = await rateAgain(handle, cycle, balances);
      restated.push({ cycleId: cycle.id, revision: (last?.revision ?? 0) + 1, before, after });
    }
    return { restated, counted };
  }

  /** A closed cycle with what is counted to it now, by the terms, the discounts and the part of the period of its day. */
  async function rateAgain(
    handle: Handle,
    cycle: StoredCycle,
    balances: readonly CountedBalance[],
  ): Promise<Statement> {
    const terms = await termsOf(handle, cycle);
    const rated = await usageAgain(handle, cycle, balances);
    const { discounts, ...time } = basisOf(cycle);
    const { addOns = (terms.agreement?.addOns ?? []).map((bought) => ({ ...bought, ...time.part })) } = time;
    return rate(ratingOf(terms, { ...time, addOns }, rated, discounts));
  }

  async function usageAgain(
    handle: Handle,
    cycle: StoredCycle,
    balances: readonly CountedBalance[],
  ): Promise<RatedUsage[]> {
    const own = balances.filter(({ periodStart }) => periodStart.getTime() === cycle.start.getTime());
    const deductions = await deductionsOf(
      handle,
      own.map(({ counterKey }) => counterKey),
    );
    const rated: RatedUsage[] = [];
    for (const feature of features) {
      if (feature.kind === "metered") {
        const balance = own.find((candidate) => candidate.feature === feature.id);
        rated.push(meteredUsage(feature, balance, deductions));
      } else if (feature.kind === "allocated") {
        rated.push(await standingUsageAgain(handle, cycle, feature, store));
      }
    }
    return rated;
  }

  async function termsOf(handle: Handle, { subjectId, end }: StoredCycle): Promise<Terms> {
    const terms = await entitlements.findAt(handle, subjectId, new Date(end.getTime() - 1));
    if (!terms) throw new Error("A subject that has a cycle has terms.");
    return terms;
  }

  return { draft, usageAgain };
}

/** What is rated. A trial costs nothing: neither the tier nor what is used in it. */
export function ratingOf(
  { plan, status }: Pick<Terms, "plan" | "status">,
  { addOns, ...time }: PaidTime & Pick<RatingInput, "addOns">,
  usage: readonly RatedUsage[],
  discounts: readonly Discount[],
): RatingInput {
  const tried = status === "trialing";
  return {
    plan: tried ? freeOfCharge(plan) : plan,
    addOns: tried ? [] : addOns,
    ...paidTime(plan, time),
    usage,
    discounts,
  };
}

/** What a tier's prices are for: of a year, where they are a year's, although the cycle is shorter (a tier that was given by hand, a what-if). */
function paidTime({ interval }: PlanTier, { period, part }: PaidTime): PaidTime {
  if (interval !== "year") return { period, part };
  const year = periodAt({ kind: "calendar", unit: "year", anchor: part.start }, part.start);
  const isShorter = period.end.getTime() - period.start.getTime() < year.end.getTime() - year.start.getTime() - dayMs;
  return { period: isShorter ? year : period, part };
}

function freeOfCharge(plan: PlanTier): PlanTier {
  const rules = Object.entries(plan.rules).map(([id, rule]) => [id, { ...rule, charge: null }] as const);
  return { ...plan, price: null, minimumSpend: 0, rules: Object.fromEntries(rules) };
}

/** What a closed cycle was rated by. */
export function basisOf({
  basis,
}: StoredCycle): PaidTime & { discounts: readonly Discount[]; addOns: readonly HeldAddOn[] | undefined } {
  const interval = ([start, end]: readonly [string, string]) => ({ start: new Date(start), end: new Date(end) });
  const addOns = basis.addOns?.map(({ part, ...bought }) => ({ ...bought, ...interval(part) }));
  return { period: interval(basis.period), part: interval(basis.part), discounts: basis.discounts, addOns };
}

/** A closed cycle's statement without what it charged for cycles before it. */
function ownLines({ statement }: StoredCycle): StoredCycle["statement"] {
  const lines = statement.lines.filter(({ kind }) => kind !== "adjustment");
  return { ...statement, lines, total: total(lines, statement.currency) };
}

function isLate({ periodStart, entries, statedEntries }: CountedBalance, start: Date): boolean {
  return periodStart.getTime() !== 0 && periodStart < start && entries > statedEntries;
}

function adjustments(restated: readonly Restated[]): StatementLine[] {
  return restated.flatMap(({ cycleId, before, after }) => {
    const difference = after.total.amount - before.total.amount;
    if (difference === 0 && sameUse(before, after)) return [];
    const arithmetic = [stepOf("rated anew", 1, after.total.amount), stepOf("charged before", -1, before.total.amount)];
    return [
      {
        id: `adjustment:${cycleId}`,
        kind: "adjustment" as const,
        description: "Use of an earlier cycle that arrived or was corrected after it was closed",
        feature: null,
        quantity: null,
        charged: null,
        amount: money(difference, after.currency),
        arithmetic,
        events: null,
        restates: { cycleId, before: before.total, after: after.total, lines: after.lines },
      },
    ];
  });
}

/** Use that changed no total, as below a minimum, is told all the same. */
function sameUse(before: Statement, after: Statement): boolean {
  const told = ({ lines }: Statement) => lines.map(({ id, quantity, amount }) => [id, quantity, amount.amount]);
  return canonicalJson(told(before)) === canonicalJson(told(after));
}

function total(lines: readonly { readonly amount: Money }[], currency: string): Money {
  return money(
    lines.reduce((sum, { amount }) => sum + amount.amount, 0),
    currency,
  );
}

/** Features of which more was used than a tier's hard limit admits. */
export function overLimit(plan: PlanTier, rated: readonly RatedUsage[]) {
  return rated.flatMap(({ feature, quantity }) => {
    const limit = plan.limits[feature.id] ?? null;
    const used = fromScaled(quantity, feature.decimals);
    const hard = plan.rules[feature.id]?.limit !== "soft";
    return hard && limit !== null && Number(used) > limit ? [{ feature: feature.id, used, limit: String(limit) }] : [];
  });
}
