/** Discounts: how much of a statement, and for how long. */
import { decimal, type Money, money } from "@revops/core";
import type { StatementLine, Step } from "./statement.ts";
import { amountOf, stepOf } from "./steps.ts";

/** A discount as a statement applies it. */
export interface Discount {
  readonly id: string;
  readonly name: string;
  /** Of what is left of the statement: "12.5" is an eighth. null for an amount. */
  readonly percent: string | null;
  /** In minor units of the statement's currency; null for a percentage. */
  readonly amount: number | null;
}

/**
 * The lines of discounts on a subtotal: percentages first, then amounts, each in the order in which they were given and on
 * what the ones before have left, never below zero.
 */
export function discountLines(subtotal: Money, discounts: readonly Discount[]): StatementLine[] {
  const { currency } = subtotal;
  const lines: StatementLine[] = [];
  let left = subtotal.amount;
  const ordered = [
    ...discounts.filter(({ percent }) => percent !== null),
    ...discounts.filter(({ percent }) => percent === null),
  ];
  for (const { id, name, percent, amount } of ordered) {
    if (left <= 0) break;
    const step: Step =
      percent === null
        ? stepOf("off", -1, Math.min(amount ?? 0, left))
        : stepOf(`${percent} % off`, left, decimal(percent).times(decimal("-0.01")));
    const off = amountOf([step], currency);
    left += off.amount;
    lines.push({
      id: `discount:${id}`,
      kind: "discount",
      description: name,
      feature: null,
      quantity: null,
      charged: null,
      amount: off,
      arithmetic: [step],
      events: null,
      restates: null,
    });
  }
  return lines;
}

/** The line that brings a statement to what its tier costs at least; none where it is reached. */
export function minimumLine(soFar: Money, minimum: number): StatementLine[] {
  const missing = minimum - soFar.amount;
  if (missing <= 0) return [];
  const step = stepOf("minimum less what it came to", 1, missing);
  return [
    {
      id: "minimum",
      kind: "minimum",
      description: "Up to the minimum of the period",
      feature: null,
      quantity: null,
      charged: null,
      amount: money(missing, soFar.currency),
      arithmetic: [step],
      events: null,
      restates: null,
    },
  ];
}
