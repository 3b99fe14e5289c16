/** What a credential says about its bearer: a tier, by level, and scopes. Pure functions, usable alone. */
import { authErrors } from "../errors.ts";

/** Tiers by level: a higher one includes the lower ones. Levels may leave gaps for tiers that come later. */
export type TierLevels = Readonly<Record<string, number>>;

/**
 * The tiers as shipped.
 * @example const levels = { ...standardTierLevels, team: 15 }; // between pro and enterprise
 */
export const standardTierLevels: TierLevels = Object.freeze({ free: 0, pro: 10, enterprise: 20 });

/**
 * Whether `tier` is `minimum` or above it.
 *
 * A tier that is not in `levels` is below all others, so that a tier someone no longer offers opens nothing; a
 * `minimum` that is not in `levels` is a mistake of the program, not of the customer.
 *
 * @throws `unknown_tier` when `minimum` is not in `levels`
 * @example atLeast("enterprise", "pro"); // true
 */
export function atLeast(tier: string, minimum: string, levels: TierLevels = standardTierLevels): boolean {
  const needed = levelOf(minimum, levels);
  if (needed === undefined) throw authErrors.unknown_tier({ detail: `There is no tier "${minimum}".` });
  return (levelOf(tier, levels) ?? Number.NEGATIVE_INFINITY) >= needed;
}

/**
 * Whether claims (or anything with a tier) are of `minimum` or above it.
 * @throws `unknown_tier` when `minimum` is not in `levels`
 * @example hasTier({ tier: "free" }, "pro"); // false
 */
export function hasTier(claims: { readonly tier: string }, minimum: string, levels?: TierLevels): boolean {
  return atLeast(claims.tier, minimum, levels);
}

/**
 * Whether claims, a principal or a key carry the scope; `*` carries all.
 * @example hasScope({ scopes: ["billing:read"] }, "billing:write"); // false
 */
export function hasScope(claims: { readonly scopes: readonly string[] }, scope: string): boolean {
  return claims.scopes.includes(scope) || claims.scopes.includes(everyScope);
}

/** Carries every scope there is, and those that come later. */
export const everyScope = "*";

/** Own members only: `levels["constructor"]` must not be a level. */
function levelOf(tier: string, levels: TierLevels): number | undefined {
  return Object.hasOwn(levels, tier) ? levels[tier] : undefined;
}
