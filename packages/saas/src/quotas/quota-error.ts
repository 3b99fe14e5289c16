/** A refusal as an error. */
import type { RevopsError } from "@revops/core";
import { saasErrors } from "../errors.ts";
import type { Outcome } from "../metering/batch.ts";
import type { Verdict } from "./verdict.ts";

/** The error of a refused event, with what a client needs to act upon it. */
export function quotaError({ result }: Outcome, verdict: Verdict): RevopsError {
  const { feature, limit, used, remaining, resetsAt, tier } = verdict;
  const fields = { feature, limit, used, resetsAt };
  if (result === "usage_below_zero") {
    return saasErrors.usage_below_zero({ detail: `Only ${used} of "${feature}" are in use.`, fields });
  }
  if (result === "usage_out_of_range") {
    return saasErrors.usage_out_of_range({ detail: `"${feature}" is counted up to 2^53 - 1.`, fields });
  }
  const detail =
    limit === 0
      ? `The tier "${tier}" has no "${feature}".`
      : `${used} of ${limit} of "${feature}" are used, so ${remaining} are left.`;
  return saasErrors.quota_exceeded({ detail, fields });
}
