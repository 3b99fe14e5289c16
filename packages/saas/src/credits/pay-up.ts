/** Credits that come after the use: what of the present period would be billed, they pay for. */
import type { Tx } from "@revops/database";
import type { AlertsOptions } from "../alerts/alerts.ts";
import { saasErrors } from "../errors.ts";
import type { Scope } from "../metering/batch.ts";
import { lockBalances } from "../metering/book.ts";
import { scopeNow } from "../metering/scope.ts";
import { openState, writeState } from "../quotas/quota-rules.ts";
import type { QuotaState, QuotaStateOptions } from "../quotas/quota-state.ts";
import { hasUnitPrice } from "../quotas/scope-rules.ts";
import { type Grant, type LiveGrant, openGrant } from "./grant.ts";
import { featureAccount, poolAccount } from "./rates.ts";

export type PayUpOptions = QuotaStateOptions & AlertsOptions;

/**
 * Gives a grant, once for its key, and lets what was used before draw from it, feature by feature in the order of the catalog.
 * @returns the one that was given first
 * @throws `subject_not_found`
 */
export async function giveAndPayUp(tx: Tx, grant: Grant, now: Date, options: PayUpOptions): Promise<LiveGrant> {
  const { state, scopes } = await lockDrawing(tx, grant, now, options);
  const [known] = await options.credits.byKeys(tx, [grant.key]);
  const given = known ?? openGrant(grant, "grant", now);
  if (!known) {
    const subject = state.subjects.get(grant.subjectId);
    if (subject) subject.grants.push(given);
    else await options.credits.write(tx, [given]);
    // Not what has lapsed beside: a period before was billed without this grant.
    for (const scope of scopes) state.of(scope).payUp(given, now);
  }
  await writeState(tx, state, now, options);
  return given;
}

/** Locks the subject, and before it the balances that may draw from the account now and are billed for what it does not pay. */
async function lockDrawing(
  tx: Tx,
  { subjectId, account }: Grant,
  now: Date,
  options: PayUpOptions,
): Promise<{ readonly state: QuotaState; readonly scopes: readonly Scope[] }> {
  const { plans, rates, entitlements, store } = options;
  const drawing = plans.features.filter(({ id }) => {
    const pool = rates.get(id)?.pool;
    return account === featureAccount(id) || (pool !== undefined && account === poolAccount(pool));
  });
  for (;;) {
    const terms = await entitlements.find(tx, subjectId);
    if (!terms) throw saasErrors.subject_not_found({ detail: "The subject was never given an entitlement." });
    const scopes = drawing.map((feature) => scopeNow(terms, feature, now)).filter(hasUnitPrice);
    const balances = await lockBalances(tx, scopes);
    // An upgrade that came in between has others.
    if ((await entitlements.find(tx, subjectId))?.version !== terms.version) continue;
    if (balances.length === 0) await store.lockSubjects(tx, [subjectId], now);
    const questions = balances.map((balance) => ({ balance, used: balance.used, times: [], gives: false }));
    return { state: await openState(tx, questions, now, options), scopes };
  }
}
