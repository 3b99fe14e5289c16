/** What the marketplace keeps of a price. The rule is data, so that it can be frozen on the order it was applied to. */
import { type Money, money } from "@revops/core";

/** A share of the price. */
export interface CommissionRule {
  readonly kind: "percentage";
  /** Hundredths of a per cent: 1500 is 15 %. A whole number, 0 to 10,000. */
  readonly basisPoints: number;
}

/** 15 %. */
export const standardCommission: CommissionRule = { kind: "percentage", basisPoints: 1_500 };

/**
 * The split of a price: `commission` is rounded half up to the minor unit, `earnings` is the rest, so the two always
 * add up to the price.
 * @example splitPrice(money(1999, "usd"), { kind: "percentage", basisPoints: 1500 }) // commission 300, earnings 1699
 */
export function splitPrice(price: Money, rule: CommissionRule): { commission: Money; earnings: Money } {
  // In BigInt: amount × basis points leaves the safe integers long before the amount does.
  const kept = Number((BigInt(price.amount) * BigInt(rule.basisPoints) + 5_000n) / 10_000n);
  return { commission: money(kept, price.currency), earnings: money(price.amount - kept, price.currency) };
}

/** @throws RangeError: a wrong rule is the programmer's mistake, found when the marketplace is made. */
export function assertCommissionRule(rule: CommissionRule): void {
  if (Number.isInteger(rule.basisPoints) && rule.basisPoints >= 0 && rule.basisPoints <= 10_000) return;
  throw new RangeError("commission.basisPoints is a whole number from 0 to 10000");
}
