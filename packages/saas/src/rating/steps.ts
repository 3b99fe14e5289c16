/** The terms that a line is summed up from. */
import { type DecimalInput, decimal, type Money, money, shareToMinorUnits, toMinorUnits } from "@revops/core";
import type { Share, Step } from "./statement.ts";

/** Once a line: each rounding is another cent of difference. Away from zero at one half, as Stripe does. */
const rounding = "half-up";

export function stepOf(label: string, quantity: DecimalInput, unitAmount: DecimalInput, flatAmount = 0): Step {
  const amount = decimal(quantity).times(decimal(unitAmount)).plus(decimal(flatAmount));
  return step(label, quantity, unitAmount, flatAmount, null, amount.toString());
}

/** A share of time is rounded by itself: the parts of a period then sum up to the whole of it. */
export function sharedStepOf(label: string, quantity: DecimalInput, unitAmount: DecimalInput, share: Share): Step {
  const whole = decimal(quantity).times(decimal(unitAmount));
  const amount = shareToMinorUnits(whole, BigInt(share.seconds), BigInt(share.of), rounding);
  return step(label, quantity, unitAmount, 0, share, String(amount));
}

/** What the steps come to, in whole minor units. */
export function amountOf(steps: readonly Step[], currency: string): Money {
  const exact = steps.reduce((sum, { amount }) => sum.plus(decimal(amount)), decimal(0));
  return money(toMinorUnits(exact, rounding), currency);
}

function step(
  label: string,
  quantity: DecimalInput,
  unitAmount: DecimalInput,
  flatAmount: number,
  share: Share | null,
  amount: string,
): Step {
  const text = (value: DecimalInput) => decimal(value).toString();
  return { label, quantity: text(quantity), unitAmount: text(unitAmount), flatAmount: text(flatAmount), share, amount };
}
