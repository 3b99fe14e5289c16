/** Where a subject stands under a limit: percent, remaining, near. Pure, in integers, so that 80 % is 80 %. */

export interface Standing {
  readonly remaining: number | null;
  readonly percent: number | null;
  readonly nearLimit: boolean;
}

/**
 * @param used and `limit` (null is unlimited) in the same integer unit
 * @param nearPercent from how much of the limit on it is near
 */
export function standingOf(used: number, limit: number | null, nearPercent = 80): Standing {
  if (limit === null) return { remaining: null, percent: null, nearLimit: false };
  const remaining = Math.max(limit - used, 0);
  // Not in the plan: all of nothing is used as soon as anything is left over from a better tier.
  if (limit === 0) return { remaining, percent: used > 0 ? 100 : 0, nearLimit: false };
  // Beyond 2^53 on the way, so in big integers. Tenths of a percent, rounded down.
  const tenths = (BigInt(used) * 1_000n) / BigInt(limit);
  const nearLimit = BigInt(used) * 100n >= BigInt(limit) * BigInt(nearPercent);
  return { remaining, percent: Number(tenths) / 10, nearLimit };
}
