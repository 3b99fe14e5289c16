import type { Problem } from "../problems/problem.ts";

/**
 * The `WWW-Authenticate` that RFC 9110 §15.5.2 asks of each 401, with RFC 6750 §3's reasons; null where none belongs.
 */
export function challengeOf({ status, code, scope }: Problem): string | null {
  if (status === 401) {
    return code === "missing_credentials" ? 'Bearer realm="revops"' : 'Bearer realm="revops", error="invalid_token"';
  }
  if (code !== "insufficient_scope" || typeof scope !== "string") return null;
  return `Bearer realm="revops", error="insufficient_scope", scope="${scope}"`;
}
