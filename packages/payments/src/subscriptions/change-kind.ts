/** What asking for a tier means for the subscription that there is. */
import type { BillingInterval } from "../plans/plan.ts";
import type { ChangePreview } from "./subscription.ts";

export interface TierAt {
  readonly tier: string;
  readonly interval: BillingInterval;
  readonly level: number;
}

/**
 * Higher is charged and granted now; lower waits, since it is paid for; a longer interval is bought now, a shorter one
 * waits for the same reason.
 */
export function changeKind(present: TierAt | null, wanted: TierAt): ChangePreview["kind"] {
  if (!present) return "start";
  if (wanted.level !== present.level) return wanted.level > present.level ? "upgrade" : "downgrade";
  if (wanted.tier !== present.tier) return "upgrade";
  if (wanted.interval === present.interval) return "none";
  return wanted.interval === "year" ? "upgrade" : "downgrade";
}
