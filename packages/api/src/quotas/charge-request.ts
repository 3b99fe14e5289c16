/** Takes a request from the quota of who sent it. */
import type { Principal } from "@revops/auth";
import { type Saas, saasErrors, type Verdict } from "@revops/saas";

/** @throws `quota_exceeded` with `feature`, `limit`, `used` and `resetsAt` */
export type ChargeRequest = (feature: string, principal: Principal) => Promise<void>;

/** @param count hears of each decision */
export function createChargeRequest(
  { quotas }: Pick<Saas, "quotas">,
  count: (feature: string, allowed: boolean) => void = () => {},
): ChargeRequest {
  return async (feature, { subjectId }) => {
    const verdict = await quotas.consume({ subjectId, feature });
    count(feature, verdict.allowed);
    assertAllowed(verdict);
  };
}

/** @throws `quota_exceeded` for a refusal */
export function assertAllowed({ allowed, feature, limit, used, resetsAt, tier, wouldPass }: Verdict): void {
  if (allowed) return;
  throw saasErrors.quota_exceeded({
    detail: `${used} of ${limit} of "${feature}" are used in the tier "${tier}".`,
    fields: { feature, limit, used, resetsAt, upgradeTo: wouldPass?.tier ?? undefined },
  });
}
