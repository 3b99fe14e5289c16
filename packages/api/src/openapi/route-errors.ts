/** Which problems a route may answer, read off its declaration. */
import { type ProblemCode, statuses } from "../problems/statuses.ts";
import type { RouteSpec } from "../routes/route.ts";

/** The codes of a route by status, as a client sees them. */
export function problemsOf(spec: RouteSpec): Map<number, ProblemCode[]> {
  const byStatus = new Map<number, Set<ProblemCode>>();
  for (const declared of [...declaredBy(spec), ...(spec.errors ?? [])]) {
    const { status, as, under } = statuses[declared];
    const codes = byStatus.get(status) ?? new Set();
    byStatus.set(status, codes.add(as ?? under ?? declared));
  }
  return new Map([...byStatus].sort(([a], [b]) => a - b).map(([status, codes]) => [status, [...codes].sort()]));
}

function declaredBy(spec: RouteSpec): ProblemCode[] {
  const codes: ProblemCode[] = ["internal_error", "database_unavailable", "database_busy", "validation_failed"];
  if (spec.credentials !== "none") {
    codes.push("invalid_token", "token_expired", "token_revoked", "invalid_api_key", "ambiguous_credentials");
    // Somebody else's organization, and one that the member may not do this in.
    codes.push("organization_not_found", "forbidden");
    // A key has limits of its own.
    codes.push("rate_limited", "quota_exceeded");
  }
  if (spec.credentials === "required" || spec.credentials === "session") codes.push("missing_credentials");
  if (spec.scope !== undefined) codes.push("insufficient_scope");
  if (spec.params !== undefined) codes.push("not_found", "invalid_request");
  if (spec.method !== "get")
    codes.push("payload_too_large", "unsupported_media_type", "request_timeout", "invalid_request");
  if (spec.method !== "get" && spec.body !== "bytes") codes.push("invalid_json");
  if (readsCursor(spec)) codes.push("invalid_cursor");
  if (spec.charge !== undefined) codes.push("quota_exceeded", "usage_not_stored", "subject_not_found");
  if (spec.rateLimit !== false) codes.push("rate_limited");
  if (spec.idempotent) {
    codes.push("invalid_idempotency_key", "idempotency_key_reused");
    codes.push("idempotency_in_progress", "idempotency_answer_lost");
  }
  return codes;
}

const readsCursor = ({ query, body }: RouteSpec): boolean =>
  [query, body].some((schema) => typeof schema === "object" && "shape" in schema && hasCursor(schema.shape));

const hasCursor = (shape: unknown): boolean => typeof shape === "object" && shape !== null && "cursor" in shape;
