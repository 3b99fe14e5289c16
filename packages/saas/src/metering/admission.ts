/** Whether a quantity may be added to a balance. Pure; both databases' hot paths ask here. */

/** Why a quantity is not added. */
export type Refusal = "quota_exceeded" | "not_in_plan" | "usage_below_zero" | "usage_out_of_range";

/**
 * The refusal, or null if it is admitted. At the limit exactly the limit is admitted.
 *
 * Giving back (a quantity of 0 or less) is never held up by a limit, also above it, where a downgrade may leave a subject.
 *
 * @param used the balance, `quantity` what is to be added, `limit` null for unlimited: all in the smallest unit
 */
export function refusalOf(used: number, quantity: number, limit: number | null): Refusal | null {
  const after = used + quantity;
  if (after < 0) return "usage_below_zero";
  if (quantity > 0 && limit !== null && after > limit) return limit === 0 ? "not_in_plan" : "quota_exceeded";
  return Number.isSafeInteger(after) ? null : "usage_out_of_range";
}
