/** How much of a sale is taken back when part of it goes back: never a cent that was not given, and all of it in the end. */

export interface SaleAmounts {
  readonly amount: number;
  readonly commission: number;
  /** What was taken back so far, of amount and of commission. */
  readonly reversed: number;
  readonly reversedCommission: number;
}

export interface Reversal {
  /** What is taken back now; negative when it is given again, after a dispute was won. */
  readonly gross: number;
  readonly commission: number;
  /** `gross` less `commission`: from the publisher. */
  readonly earnings: number;
}

/**
 * The step from what is taken back now to what should be. The commission is in proportion to the whole that is back, not
 * to the step, so that many partial refunds end in the same cents as one full one.
 * @param target of the amount, in all; more than there is counts as all of it
 * @example reversalTo({ amount: 1999, commission: 300, reversed: 0, reversedCommission: 0 }, 1000) // commission 150, earnings 850
 */
export function reversalTo(sale: SaleAmounts, target: number): Reversal {
  const whole = Math.max(0, Math.min(target, sale.amount));
  const [amount, commission, part] = [BigInt(sale.amount), BigInt(sale.commission), BigInt(whole)];
  const share = amount === 0n ? 0 : Number((2n * commission * part + amount) / (2n * amount));
  const gross = whole - sale.reversed;
  const commissionStep = share - sale.reversedCommission;
  return { gross, commission: commissionStep, earnings: gross - commissionStep };
}
