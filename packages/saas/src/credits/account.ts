/** The account that credits are of: a pool, or one metered feature. */
import { scaledToNumber } from "@revops/core";
import type { Plans } from "../plans/plans.ts";
import type { CreditAccount } from "./credit.ts";
import { poolAccount } from "./rates.ts";

export function accountOf(account: string): CreditAccount {
  const id = account.slice(account.indexOf(":") + 1);
  return account === poolAccount(id) ? { pool: id, feature: null } : { pool: null, feature: id };
}

export function decimalsOf(account: string, plans: Plans): number {
  const { pool, feature } = accountOf(account);
  // A pool or feature that the catalog has no more: its smallest unit is shown.
  if (feature !== null) return plans.isFeature(feature) ? plans.feature(feature).decimals : 0;
  return plans.pools.find(({ id }) => id === pool)?.decimals ?? 0;
}

export const unitsOfAccount = (account: string, scaled: number, plans: Plans): number =>
  scaledToNumber(scaled, decimalsOf(account, plans));
