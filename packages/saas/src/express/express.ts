/**
 * Express middleware: each request uses a feature, or is refused. Needs nothing of RevOps but `createSaas`; Express itself is
 * imported for its types only.
 */
import { type Clock, isRevopsError, systemClock } from "@revops/core";
import type { NextFunction, Request, RequestHandler, Response } from "express";
import { refusalDetail, refusalFields } from "../quotas/quota-error.ts";
import type { Quotas } from "../quotas/quotas.ts";
import type { Verdict } from "../quotas/verdict.ts";

/** How requests become uses. */
export interface QuotaGateOptions<Feature extends string = string> {
  readonly quotas: Pick<Quotas<Feature>, "consume">;
  /** Who uses and pays: the id that `entitlements` knows. undefined where nobody is known, which is let through unless said otherwise. */
  readonly subject: (request: Request, response: Response) => string | undefined | Promise<string | undefined>;
  /** What `saas` was made with, so that `Retry-After` tells its time; the machine's if left out. */
  readonly clock?: Clock | undefined;
  /** Whether a request of nobody is answered 401 instead of let through uncounted. */
  readonly requireSubject?: boolean | undefined;
}

export interface EnforceQuotaOptions {
  /** How many units a request uses, in the feature's unit; 1 if left out. */
  readonly cost?: number | string | ((request: Request) => number | string | Promise<number | string>) | undefined;
  /** As {@link QuotaGateOptions.subject}, for this route only. */
  readonly subject?: QuotaGateOptions["subject"] | undefined;
  /** The caller's name of this use, so that a repeated request counts once: the `Idempotency-Key`, say. */
  readonly id?: ((request: Request) => string | undefined) | undefined;
}

/** Makes the middleware of a feature. */
export type EnforceQuota<Feature extends string = string> = (
  feature: Feature,
  options?: EnforceQuotaOptions,
) => RequestHandler;

/**
 * Makes `enforceQuota(feature)`. A request that fits uses its units, durably, before what follows runs. One that does not is
 * answered 429 as `application/problem+json` (RFC 9457) with the code `quota_exceeded` and `feature`, `limit`, `used`,
 * `resetsAt`, and with `Retry-After` where time alone helps. Both carry `RateLimit` and `RateLimit-Policy`
 * (draft-ietf-httpapi-ratelimit-headers-10), unless the feature is unlimited. What is no refusal goes to your error handler.
 *
 * @example
 * const enforceQuota = quotaGate({ quotas: saas.quotas, subject: (request) => request.user?.id });
 * app.post("/renders", enforceQuota("render", { cost: (request) => request.body.pages }), render);
 */
export function quotaGate<Feature extends string>(gate: QuotaGateOptions<Feature>): EnforceQuota<Feature> {
  const clock = gate.clock ?? systemClock;
  const secondsUntil = (at: Date) => Math.max(1, Math.ceil((at.getTime() - clock.now().getTime()) / 1_000));
  return (feature, { cost, subject = gate.subject, id } = {}) =>
    async (request: Request, response: Response, next: NextFunction) => {
      try {
        const subjectId = await subject(request, response);
        if (subjectId === undefined) {
          if (gate.requireSubject) return sendProblem(response, 401, missing);
          return next();
        }
        const quantity = typeof cost === "function" ? await cost(request) : cost;
        const verdict = await gate.quotas.consume({ subjectId, feature, quantity, id: id?.(request) });
        setRateLimit(response, verdict, secondsUntil);
        if (!verdict.allowed) return refuse(response, verdict, secondsUntil);
      } catch (error) {
        if (isRevopsError(error) && wrongInput.has(error.code)) {
          return sendProblem(response, 422, { code: error.code, title: error.title, detail: error.message });
        }
        return next(error);
      }
      next();
    };
}

/**
 * The middleware of one feature, without a gate for several.
 * @example
 * app.post("/renders", enforceQuota("render", { quotas: saas.quotas, subject: (request) => request.user?.id }), render);
 */
export function enforceQuota<Feature extends string>(
  feature: Feature,
  { cost, id, ...gate }: QuotaGateOptions<Feature> & Omit<EnforceQuotaOptions, "subject">,
): RequestHandler {
  return quotaGate(gate)(feature, { cost, id });
}

const missing = { code: "missing_credentials", title: "Nobody is known", detail: "This needs to be used by somebody." };

/** What a client's own numbers may be wrong about. */
const wrongInput = new Set(["invalid_quantity", "invalid_event_id"]);

type SecondsUntil = (at: Date) => number;

function refuse(response: Response, verdict: Verdict, secondsUntil: SecondsUntil): void {
  const { wouldPass } = verdict;
  const code = verdict.reason === "usage_below_zero" ? "usage_below_zero" : "quota_exceeded";
  if (wouldPass?.at) response.set("Retry-After", String(secondsUntil(wouldPass.at)));
  sendProblem(response, code === "quota_exceeded" ? 429 : 409, {
    ...refusalFields(verdict),
    upgradeTo: wouldPass?.tier ?? undefined,
    code,
    title: code === "quota_exceeded" ? "The quota is used up" : "More would be given back than is in use",
    detail: refusalDetail(verdict),
  });
}

interface Problem extends Readonly<Record<string, unknown>> {
  readonly code: string;
}

function sendProblem(response: Response, status: number, problem: Problem): void {
  response.set("Cache-Control", "no-store").status(status).type("application/problem+json");
  response.send(JSON.stringify({ ...problem, type: `urn:revops:problem:${problem.code}`, status }));
}

/** Of the cap that refused, else of the limit. Field values are structured (RFC 8941): integers, whole units rounded down. */
function setRateLimit(response: Response, verdict: Verdict, secondsUntil: SecondsUntil): void {
  const { feature, remaining } = verdict;
  const { limit, used, resetsAt } = refusalFields(verdict);
  if (limit === null || remaining === null) return;
  const left = Math.floor(Math.max(verdict.cap ? limit - used : remaining, 0));
  const seconds = resetsAt === null ? null : secondsUntil(resetsAt);
  response.set("RateLimit-Policy", `"${feature}";q=${Math.floor(limit)}`);
  response.set("RateLimit", `"${feature}";r=${left}${seconds === null ? "" : `;t=${seconds}`}`);
}
