/** Tells apart how a provider fails: it cannot be reached, it says no, or what it says makes no sense. */
import { isRevopsError, type RevopsError } from "@revops/core";
import { AuthorizationResponseError, ResponseBodyError, WWWAuthenticateChallengeError } from "openid-client";
import { authErrors } from "../../errors.ts";

/** Runs what asks a provider. @throws `provider_unreachable`, `provider_refused`, `provider_answer_invalid` */
export async function asking<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    throw providerError(error);
  }
}

function providerError(error: unknown): RevopsError {
  const ours = oursBehind(error);
  if (ours) return ours;
  if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError) {
    return refusal(error.error, error);
  }
  if (error instanceof WWWAuthenticateChallengeError) return authErrors.provider_refused({ cause: error });
  return authErrors.provider_answer_invalid({ cause: error });
}

/** The provider's own code goes along if it is one (RFC 6749 §4.1.2.1), never its text: anyone may have written that. */
export function refusal(code: string | null | undefined, cause?: unknown): RevopsError {
  const reason = /^[a-z_]{1,50}$/.test(code ?? "") ? code : null;
  return authErrors.provider_refused({ fields: { reason }, ...(cause === undefined ? {} : { cause }) });
}

/** `openid-client` wraps what our fetch throws. */
function oursBehind(error: unknown): RevopsError | null {
  for (let at = error; at instanceof Error; at = at.cause) if (isRevopsError(at)) return at;
  return null;
}
