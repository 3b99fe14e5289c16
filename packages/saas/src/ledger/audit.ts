/**
 * Every balance, hour, day and group computed once more, from the ledger and from the events, in SQL that shares nothing with
 * the code that wrote them. Reads everything; each question in one snapshot.
 */
import type { Handle } from "@revops/database";
import type { Plans } from "../plans/plans.ts";
import { quotaDifferences } from "../quotas/audit.ts";
import { balanceDifferences } from "./audit-balances.ts";
import { groupDifferences } from "./audit-groups.ts";
import { historyDifferences } from "./audit-history.ts";
import type { Difference } from "./difference.ts";

export async function audit(handle: Handle, plans: Plans, subjectId: string | undefined): Promise<Difference[]> {
  const counted = plans.features.filter(({ kind }) => kind === "metered" || kind === "allocated");
  return [
    ...(await balanceDifferences(handle, counted, subjectId)),
    ...(await historyDifferences(handle, counted, subjectId)),
    ...(await groupDifferences(handle, counted, subjectId)),
    ...(await quotaDifferences(handle, subjectId)),
  ];
}
