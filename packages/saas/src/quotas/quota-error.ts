/** A refusal as an error. */
import type { RevopsError } from "@revops/core";
import { saasErrors } from "../errors.ts";
import type { Outcome } from "../metering/batch.ts";
import type { Verdict } from "./verdict.ts";

/** The error of a refused event, with what a client needs to act upon it. */
export function quotaError({ result }: Pick<Outcome, "result">, verdict: Verdict): RevopsError {
  const { feature, used } = verdict;
  const fields = refusalFields(verdict);
  if (result === "usage_below_zero") {
    return saasErrors.usage_below_zero({ detail: `Only ${used} of "${feature}" are in use.`, fields });
  }
  if (result === "usage_out_of_range") {
    return saasErrors.usage_out_of_range({ detail: `"${feature}" is counted up to 2^53 - 1.`, fields });
  }
  return saasErrors.quota_exceeded({ detail: refusalDetail(verdict), fields });
}

/** What stands beside the code: of the cap that refused, where it was not the limit. */
export function refusalFields({ feature, limit, used, resetsAt, cap }: Verdict) {
  if (cap === null || cap.kind === "spend") return { feature, limit, used, resetsAt };
  return { feature, limit: cap.limit, used: cap.used, resetsAt: cap.resetsAt };
}

/** A refusal in a sentence. */
export function refusalDetail({ reason, feature, limit, used, remaining, tier, cap }: Verdict): string {
  if (reason === "not_in_plan") return `The tier "${tier}" has no "${feature}".`;
  if (cap?.kind === "spend") {
    return cap.of === "units"
      ? `The cap on overage of "${feature}" is reached.`
      : `The cap on spending for overage is reached, so no more of "${feature}" is admitted.`;
  }
  if (cap) return `${cap.used} of ${cap.limit} of "${feature}" are used in this ${cap.kind}.`;
  return `${used} of ${limit} of "${feature}" are used, so ${remaining} are left.`;
}
