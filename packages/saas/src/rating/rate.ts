/** From what was used to what it costs. Pure: a preview, a closed cycle and a what-if are the same call. */
import { fromScaled, type Interval, type Money, money } from "@revops/core";
import type { BoughtAddOn } from "../entitlements/agreement.ts";
import type { PlanFeature } from "../plans/feature.ts";
import type { PlanTier } from "../plans/tier.ts";
import { chargeUsage, type PaidTime } from "./charged-usage.ts";
import { type Discount, discountLines, minimumLine } from "./discount.ts";
import { proratedSteps } from "./proration.ts";
import type { Timeline } from "./seats.ts";
import type { EventsReference, Statement, StatementLine, Step } from "./statement.ts";
import { amountOf } from "./steps.ts";

/** What was used of one feature in the cycle. Quantities in its smallest unit. */
export interface RatedUsage {
  readonly feature: PlanFeature;
  /** Of a standing count, the most that was held at once. */
  readonly quantity: number;
  /** What credits have paid for already, so that nothing is charged for it. */
  readonly credited: number;
  /** For standing counts. */
  readonly timeline: Timeline | null;
  readonly events: EventsReference | null;
}

/** So many of an add-on, for a stretch of a period. */
export interface HeldAddOn extends BoughtAddOn, Interval {}

export interface RatingInput {
  readonly plan: PlanTier;
  /** Oldest first; of one of which there were more or less at times, each stretch. */
  readonly addOns: readonly HeldAddOn[];
  /** What the tier's price is for. */
  readonly period: Interval;
  /** The part of it that is to be paid for. */
  readonly part: Interval;
  readonly usage: readonly RatedUsage[];
  readonly discounts: readonly Discount[];
}

/**
 * Rates a cycle. The order: the tier's price and what is charged by time, add-ons for as long as they were had, usage by
 * feature; discounts on their sum; then up to the minimum spend, which is prorated with the period.
 *
 * Rounding is done once a line, half up (away from zero at one half); the total is the sum of the lines.
 */
export function rate({ plan, addOns, period, part, usage, discounts }: RatingInput): Statement {
  const { currency } = plan;
  const prorated = (label: string, quantity: number, price: Money) =>
    proratedSteps(label, quantity, price.amount, period, part);
  const charged = [
    // Stated with a cycle before, to the end of the period, it is no line of this one.
    ...(part.start.getTime() === part.end.getTime() ? [] : baseLine(plan, prorated)),
    ...addOnLines(addOns, period, currency),
    ...usage.flatMap((used) => usageLine(used, plan, { period, part })),
  ];
  const subtotal = sum(charged, currency);
  const discounted = discountLines(subtotal, discounts);
  const soFar = sum([...charged, ...discounted], currency);
  const minimum = amountOf(prorated("minimum", 1, money(plan.minimumSpend, currency)), currency).amount;
  return statementOf([...charged, ...discounted, ...minimumLine(soFar, minimum)], currency);
}

export function statementOf(lines: readonly StatementLine[], currency: string): Statement {
  return { currency, lines, total: sum(lines, currency) };
}

type Prorated = (label: string, quantity: number, price: Money) => Step[];

function baseLine({ name, price, currency, interval }: PlanTier, prorated: Prorated): StatementLine[] {
  if (price === null || price.amount === 0) return [];
  const description = `${name}, a ${interval}`;
  return [lineOf({ id: "base", kind: "base", description }, currency, prorated(name, 1, price))];
}

/** A line for each add-on; its quantity is the most that were had at once. */
function addOnLines(addOns: readonly HeldAddOn[], period: Interval, currency: string): StatementLine[] {
  return [...Map.groupBy(addOns, ({ addOn: { id } }) => id)].map(([id, stretches]) => {
    const most = Math.max(...stretches.map(({ quantity }) => quantity));
    const description = stretches.at(-1)?.addOn.name ?? id;
    const line = { id: `add_on:${id}`, kind: "add_on", description, quantity: String(most) } as const;
    const steps = stretches.flatMap(({ addOn: { name, price }, quantity, start, end }) =>
      proratedSteps(name, quantity, price.amount, period, { start, end }),
    );
    return lineOf(line, currency, steps);
  });
}

function usageLine(
  { feature, quantity, credited, timeline, events }: RatedUsage,
  { rules, currency }: PlanTier,
  of: PaidTime,
): StatementLine[] {
  const rule = rules[feature.id];
  const usage = { quantity, credited, timeline };
  const { charged, steps } = rule ? chargeUsage(rule, feature, usage, of) : { charged: null, steps: [] };
  if (quantity === 0 && amountOf(steps, currency).amount === 0) return [];
  const line = {
    id: `usage:${feature.id}`,
    kind: "usage",
    description: feature.name,
    feature: feature.id,
    quantity: fromScaled(quantity, feature.decimals),
    charged,
    events,
  } as const;
  return [lineOf(line, currency, steps)];
}

function lineOf(
  line: Pick<StatementLine, "id" | "kind" | "description"> & Partial<StatementLine>,
  currency: string,
  arithmetic: readonly Step[],
): StatementLine {
  const amount = amountOf(arithmetic, currency);
  return { feature: null, quantity: null, charged: null, events: null, restates: null, ...line, amount, arithmetic };
}

function sum(lines: readonly StatementLine[], currency: string): Money {
  return money(
    lines.reduce((total, { amount }) => total + amount.amount, 0),
    currency,
  );
}
