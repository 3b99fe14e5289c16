/** Says that credits run low, or out: in the transaction whose use crosses the mark. */
import type { FactEmitter } from "@revops/core";
import type { Tx } from "@revops/database";
import type { SaasFacts } from "../facts.ts";
import type { Plans } from "../plans/plans.ts";
import { accountOf, unitsOfAccount } from "./account.ts";
import { isLive, type LiveGrant } from "./grant.ts";

/** Percent of what is given and not over. */
const lowPercent = 20;

/** What use has left of an account, in its smallest unit. */
export interface LowAccount {
  readonly account: string;
  readonly remaining: number;
  /** What the grants were given of which something was left. */
  readonly given: number;
}

/**
 * The accounts of one subject that use has brought to a fifth of what was given, or to nothing, by what is booked and not
 * yet written. What was used up before does not count: who is given more runs low by that.
 */
export function lowAccounts(grants: readonly LiveGrant[], at: Date): LowAccount[] {
  const left = grants.filter((grant) => isLive(grant, at) && grant.remaining + drawnFrom(grant) > 0);
  return [...Map.groupBy(left, ({ account }) => account)].flatMap(([account, grants]) => {
    const sum = (of: (grant: LiveGrant) => number) => grants.reduce((total, grant) => total + of(grant), 0);
    const [given, remaining] = [sum(({ amount }) => amount), sum((grant) => grant.remaining)];
    const before = remaining + sum(drawnFrom);
    // In big integers, since the product may leave the exact numbers.
    const low = Number((BigInt(given) * BigInt(lowPercent)) / 100n);
    const crossed = [low, 0].some((mark) => before > mark && mark >= remaining);
    return crossed ? [{ account, remaining, given }] : [];
  });
}

/** What use has taken, less what it gave back. */
function drawnFrom({ posted }: LiveGrant): number {
  const ofUse = posted.filter(({ kind }) => kind === "draw" || kind === "return");
  return ofUse.reduce((sum, { quantity }) => sum - quantity, 0);
}

/** Tells of them. */
export async function announceLowCredits(
  tx: Tx,
  low: readonly (LowAccount & { readonly subjectId: string })[],
  at: Date,
  { plans, facts }: { readonly plans: Plans; readonly facts?: FactEmitter<SaasFacts, Tx> | undefined },
): Promise<void> {
  for (const { subjectId, account, remaining, given } of low) {
    await facts?.emit(tx, remaining > 0 ? "credits.low" : "credits.exhausted", {
      subjectId,
      account: accountOf(account),
      remaining: unitsOfAccount(account, remaining, plans),
      given: unitsOfAccount(account, given, plans),
      at,
    });
  }
}
