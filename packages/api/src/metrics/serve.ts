import { createHash, timingSafeEqual } from "node:crypto";
import { authErrors } from "@revops/auth";
import type { RequestHandler } from "express";
import type { Metrics } from "./metrics.ts";

/** Outside the base path, where Prometheus looks for it. */
export const metricsPath = "/metrics";

/** @param token what a scraper shows as `Authorization: Bearer`; without one, anyone who reaches the port may look */
export function serveMetrics(metrics: Metrics, token: string | undefined): RequestHandler {
  return async (request, response) => {
    if (token !== undefined) {
      const shown = /^bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
      if (shown === undefined) throw authErrors.missing_credentials();
      if (!timingSafeEqual(digest(shown), digest(token))) throw authErrors.invalid_token();
    }
    const { body, contentType } = await metrics.render();
    response.setHeader("Content-Type", contentType);
    response.end(body);
  };
}

/** Digests have one length, which is all that comparing them in constant time asks for. */
const digest = (text: string) => createHash("sha256").update(text).digest();
