import type { Handle } from "@revops/database";
import type { EntitlementStore } from "../entitlements/store.ts";
import type { Scope } from "../metering/batch.ts";
import { scopeAt } from "../metering/scope.ts";
import type { Plans } from "../plans/plans.ts";
import type { ReservationRow } from "./store.ts";

/** The balance that a reservation was made on, under the terms of that time. */
export async function scopeOfReservation(
  handle: Handle,
  { subjectId, feature: id, counterKey, periodStart, periodEnd, reservedAt }: ReservationRow,
  { entitlements, plans }: { readonly entitlements: EntitlementStore; readonly plans: Plans },
): Promise<Scope> {
  const terms = await entitlements.findAt(handle, subjectId, reservedAt);
  if (!terms) throw new Error("A reservation's subject has terms.");
  const period = periodStart && periodEnd ? { start: periodStart, end: periodEnd } : null;
  return { ...scopeAt(terms, plans.feature(id), reservedAt), period, counterKey };
}
