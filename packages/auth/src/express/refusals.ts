/** What a refusal looks like over HTTP: RFC 9457, with the challenge that RFC 6750 §3 asks for. */
import { type RevopsError, systemClock } from "@revops/core";
import type { Response } from "express";

const statuses: Readonly<Record<string, number>> = {
  ambiguous_credentials: 400,
  missing_credentials: 401,
  invalid_token: 401,
  token_expired: 401,
  token_revoked: 401,
  invalid_api_key: 401,
  insufficient_scope: 403,
  tier_required: 403,
  forbidden: 403,
  organization_not_found: 404,
  rate_limited: 429,
  quota_exceeded: 429,
};

/** undefined for what is no refusal. */
export function statusOf({ code }: RevopsError): number | undefined {
  return Object.hasOwn(statuses, code) ? statuses[code] : undefined;
}

export function sendRefusal(response: Response, error: RevopsError): void {
  const { code, title, message: detail, fields } = error;
  const status = statusOf(error) ?? 403;
  const challenge = challengeOf(status, error);
  if (challenge !== null) response.set("WWW-Authenticate", challenge);
  if (fields["resetsAt"] instanceof Date) response.set("Retry-After", secondsUntil(fields["resetsAt"]));
  response.set("Cache-Control", "no-store").status(status).type("application/problem+json");
  response.send(JSON.stringify({ ...fields, type: `urn:revops:problem:${code}`, title, status, detail, code }));
}

/** By the machine's clock, as the client counts. */
function secondsUntil(at: Date): string {
  return String(Math.max(1, Math.ceil((at.getTime() - systemClock.now().getTime()) / 1_000)));
}

function challengeOf(status: number, { code, fields }: RevopsError): string | null {
  if (code === "missing_credentials") return "Bearer";
  if (status === 401) return 'Bearer error="invalid_token"';
  if (code === "insufficient_scope") return `Bearer error="insufficient_scope", scope="${String(fields["scope"])}"`;
  return null;
}
