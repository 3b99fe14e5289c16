/** What a token says of its subject's tier, and of which state of the entitlement that was. */
import type { TierOf } from "@revops/auth";
import { isRevopsError } from "@revops/core";
import type { Saas } from "@revops/saas";

/** An entitlement counts its versions up, which is what makes a token of an earlier one recognisable as stale. */
export function entitledTier({ entitlements, plans }: Pick<Saas, "entitlements" | "plans">): TierOf {
  return async (subjectId, tx) => {
    try {
      const { tier, version } = await entitlements.of(subjectId, tx);
      return { tier, epoch: version };
    } catch (error) {
      // A subject that was never opened, such as one from before there were entitlements, is on the base tier.
      if (!isRevopsError(error, "subject_not_found")) throw error;
      return { tier: plans.base.id, epoch: 0 };
    }
  };
}
