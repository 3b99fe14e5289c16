import type { Handle } from "@revops/database";
import type { EntitlementStore } from "../entitlements/store.ts";
import type { Terms } from "../entitlements/terms.ts";
import type { Scope } from "../metering/batch.ts";
import { periodStartOf, scopeOfBalance } from "../metering/scope.ts";
import type { Plans } from "../plans/plans.ts";
import type { ReservationRow } from "./store.ts";

/** The balances that reservations were made on, in their order. */
export async function scopesOfReservations(
  handle: Handle,
  rows: readonly ReservationRow[],
  now: Date,
  { entitlements, plans }: { readonly entitlements: EntitlementStore; readonly plans: Plans },
): Promise<Scope[]> {
  const histories = new Map<string, Terms[]>();
  for (const { subjectId } of rows) {
    if (!histories.has(subjectId)) histories.set(subjectId, await entitlements.history(handle, subjectId));
  }
  return rows.map(({ subjectId, feature, counterKey, periodStart, periodEnd }) => {
    const period = periodStart && periodEnd && { start: periodStart, end: periodEnd };
    const balance = { counterKey, periodStart: periodStartOf(period) };
    return scopeOfBalance(histories.get(subjectId) ?? [], plans.feature(feature), balance, now);
  });
}
