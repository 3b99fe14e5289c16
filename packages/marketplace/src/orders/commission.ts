/** What the marketplace keeps of a price. Rules are data, so that they can be frozen on the order they were applied to. */
import { type Money, money } from "@revops/core";

/**
 * One rule. `percentage`, `volume` and `fixed` add to the commission; `minimum` and `maximum` bound what the rules before
 * them came to. A rule with an amount applies to prices of its currency only.
 */
export type CommissionRule =
  /** A share of the price in hundredths of a per cent: 1500 is 15 %. A whole number, 0 to 10,000. */
  | { readonly kind: "percentage"; readonly basisPoints: number }
  /**
   * A share that depends on what the publisher has sold before, less refunds: the last tier whose `from` (minor units
   * of `currency`) is reached. The first one starts at 0.
   */
  | {
      readonly kind: "volume";
      readonly currency: string;
      readonly tiers: readonly { readonly from: number; readonly basisPoints: number }[];
    }
  | { readonly kind: "fixed"; readonly amount: Money }
  | { readonly kind: "minimum"; readonly amount: Money }
  | { readonly kind: "maximum"; readonly amount: Money };

/** One rule, or several that are applied in order. */
export type Commission = CommissionRule | readonly CommissionRule[];

/** What an order keeps of the rules: they and the publisher's volume explain its commission later. */
export interface FrozenCommission {
  readonly rules: readonly CommissionRule[];
  /** The publisher's volume in the price's currency before this order. */
  readonly volume: number;
}

/** 15 %. */
export const standardCommission: CommissionRule = { kind: "percentage", basisPoints: 1_500 };

/** The rules as a list. */
export function rulesOf(commission: Commission): readonly CommissionRule[] {
  return isList(commission) ? commission : [commission];
}

// `Array.isArray` does not narrow read-only arrays.
const isList = (value: Commission): value is readonly CommissionRule[] => Array.isArray(value);

/**
 * The split of a price. Each share is rounded half up to the minor unit; the commission is never less than nothing nor
 * more than the price; `earnings` is the rest, so the two always add up to the price.
 * @param volume what the publisher has sold before in this currency, in minor units
 * @example splitPrice(money(1999, "usd"), { kind: "percentage", basisPoints: 1500 }) // commission 300, earnings 1699
 * @example
 * // 30 cents and 10 %, 50 cents at least: 50 of 100, 130 of 1000
 * splitPrice(price, [
 *   { kind: "fixed", amount: money(30, "usd") },
 *   { kind: "percentage", basisPoints: 1000 },
 *   { kind: "minimum", amount: money(50, "usd") },
 * ]);
 */
export function splitPrice(price: Money, commission: Commission, volume = 0): { commission: Money; earnings: Money } {
  let kept = 0;
  for (const rule of rulesOf(commission))
    kept = Math.min(price.amount, Math.max(0, applied(rule, kept, price, volume)));
  return { commission: money(kept, price.currency), earnings: money(price.amount - kept, price.currency) };
}

function applied(rule: CommissionRule, kept: number, { amount, currency }: Money, volume: number): number {
  if (rule.kind === "percentage") return kept + shareOf(amount, rule.basisPoints);
  if (rule.kind === "volume") {
    const reached = rule.currency === currency ? rule.tiers.findLast(({ from }) => volume >= from) : undefined;
    return kept + shareOf(amount, reached?.basisPoints ?? 0);
  }
  if (rule.amount.currency !== currency) return kept;
  if (rule.kind === "fixed") return kept + rule.amount.amount;
  return rule.kind === "minimum" ? Math.max(kept, rule.amount.amount) : Math.min(kept, rule.amount.amount);
}

/** In BigInt: amount × basis points leaves the safe integers long before the amount does. */
function shareOf(amount: number, basisPoints: number): number {
  return Number((BigInt(amount) * BigInt(basisPoints) + 5_000n) / 10_000n);
}

/** @throws RangeError: a wrong rule is the programmer's mistake, found when the marketplace is made. */
export function assertCommission(commission: Commission): void {
  for (const rule of rulesOf(commission)) {
    if (rule.kind === "percentage") assertPoints(rule.basisPoints);
    else if (rule.kind === "volume") assertTiers(rule.tiers);
    else if (!(rule.amount.amount >= 0)) throw new RangeError(`commission.${rule.kind} is an amount of 0 or more`);
    else money(rule.amount.amount, rule.amount.currency);
  }
}

function assertPoints(basisPoints: number): void {
  if (Number.isInteger(basisPoints) && basisPoints >= 0 && basisPoints <= 10_000) return;
  throw new RangeError("commission.basisPoints is a whole number from 0 to 10000");
}

function assertTiers(tiers: readonly { from: number; basisPoints: number }[]): void {
  const rising = tiers.every(({ from }, index) => Number.isSafeInteger(from) && from > (tiers[index - 1]?.from ?? -1));
  if (!rising || tiers[0]?.from !== 0) throw new RangeError("commission.tiers start at 0 and rise");
  for (const { basisPoints } of tiers) assertPoints(basisPoints);
}
