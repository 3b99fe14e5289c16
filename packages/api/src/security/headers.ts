/** What browsers are told about every answer, errors included. */
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import cors from "cors";
import type { RequestHandler } from "express";
import helmet from "helmet";

/**
 * Helmet's headers, with a policy for answers that are never a page: nothing may be loaded, nobody may frame them. They
 * are the same for every answer, so helmet says them once, to an answer that is never sent.
 * @returns name, value, name, value
 */
export function securityHead(): string[] {
  const request = new IncomingMessage(new Socket());
  const sample = new ServerResponse(request);
  helmet({
    contentSecurityPolicy: { useDefaults: false, directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] } },
    referrerPolicy: { policy: "no-referrer" },
  })(request, sample, () => {});
  return Object.entries(sample.getHeaders()).flatMap(([name, value]) => [name, String(value)]);
}

/** What a script of an allowed origin may read besides the body. */
const exposedHeaders = [
  "X-Request-Id",
  "RateLimit",
  "RateLimit-Policy",
  "Retry-After",
  "Idempotent-Replayed",
  "WWW-Authenticate",
  "ETag",
  "Digest",
  "Repr-Digest",
  "Accept-Ranges",
  "Content-Disposition",
  "Content-Range",
];

/**
 * Lets scripts of these origins call, and no others. Credentials are headers here, never cookies, so the browser need
 * not send any of its own.
 * @param origins exact ones: `https://app.example.com`
 */
export function crossOrigin(origins: readonly string[]): RequestHandler {
  const settings = { origin: [...origins], exposedHeaders, maxAge: 600 };
  const answersPreflights = cors(settings);
  const passesOn = cors({ ...settings, preflightContinue: true });
  // An OPTIONS that no browser sends ahead of a request asks what a path has: its route tells, or there is none.
  return (request, response, next) => {
    const isPreflight = request.headers["access-control-request-method"] !== undefined;
    (isPreflight ? answersPreflights : passesOn)(request, response, next);
  };
}
