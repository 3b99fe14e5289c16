/** Takes a request from the quota of who sent it. */
import type { Principal } from "@revops/auth";
import { refusalDetail, refusalFields, type Saas, saasErrors, type Verdict } from "@revops/saas";

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
export function assertAllowed(verdict: Verdict): void {
  const { allowed, cap, feature, limit, used, tier, wouldPass } = verdict;
  if (allowed) return;
  throw saasErrors.quota_exceeded({
    detail:
      cap === null ? `${used} of ${limit} of "${feature}" are used in the tier "${tier}".` : refusalDetail(verdict),
    fields: { ...refusalFields(verdict), upgradeTo: wouldPass?.tier ?? undefined },
  });
}
