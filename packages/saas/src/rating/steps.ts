/** The terms that a line is summed up from. */
import {
  type Decimal,
  type DecimalInput,
  decimal,
  type Money,
  money,
  shareToMinorUnits,
  toMinorUnits,
} from "@revops/core";
import type { Share, Step, Term } from "./statement.ts";

/** Once a line: each rounding is another cent of difference. Away from zero at one half, as Stripe does. */
const rounding = "half-up";

export function stepOf(label: string, quantity: DecimalInput, unitAmount: DecimalInput, flatAmount = 0): Step {
  const amount = decimal(quantity).times(decimal(unitAmount)).plus(decimal(flatAmount));
  const text = (value: DecimalInput) => decimal(value).toString();
  return {
    ...{ label, quantity: text(quantity), unitAmount: text(unitAmount), flatAmount: text(flatAmount) },
    ...{ share: null, amount: amount.toString(), terms: [] },
  };
}

/** A share of time is rounded by itself: the parts of a period then sum up to the whole of it. */
export function sharedStepOf(label: string, quantity: DecimalInput, unitAmount: DecimalInput, share: Share): Step {
  return sharedStep(stepOf(label, quantity, unitAmount), share);
}

/** A share of an exact step. */
export function sharedStep(whole: Step, share: Share): Step {
  const amount = shareToMinorUnits(whole.amount, BigInt(share.seconds), BigInt(share.of), rounding);
  return { ...whole, share, amount: String(amount) };
}

/** Exact steps as one, which a share is then rounded of once. */
export function stepOfAll(label: string, steps: readonly Step[]): Step {
  const [only, another] = steps;
  if (only && !another) return only;
  const terms = steps.map(({ share: _, terms: __, ...term }): Term => term);
  return { ...stepOf(label, 1, exactSum(steps)), terms };
}

/** The same amount the other way. */
export function negated(step: Step, label: string): Step {
  const less = (value: string) => decimal(value).neg().toString();
  const { quantity, flatAmount, amount } = step;
  return { ...step, label, quantity: less(quantity), flatAmount: less(flatAmount), amount: less(amount) };
}

/** What the steps come to, in whole minor units. */
export function amountOf(steps: readonly Step[], currency: string): Money {
  return money(toMinorUnits(exactSum(steps), rounding), currency);
}

function exactSum(steps: readonly Step[]): Decimal {
  return steps.reduce((sum, { amount }) => sum.plus(decimal(amount)), decimal(0));
}
