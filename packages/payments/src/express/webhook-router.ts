/**
 * Stripe's webhooks for an Express application of one's own: takes the raw bytes itself, so that no parser can come
 * between. Express is imported for its types only.
 */
import { isRevopsError, type Logger, silentLogger } from "@revops/core";
import type { RequestHandler, Response } from "express";
import type { Payments } from "../payments-interface.ts";
import { readRawBody, tooLarge } from "./raw-body.ts";

export interface WebhookRouterOptions {
  readonly logger?: Logger;
}

/**
 * Answers 200 `{ "received": true }` once the event is stored, 400 `invalid_signature` otherwise. What is no refusal,
 * such as a database that is away, goes to your error handler: Stripe delivers again.
 *
 * Mount it before any body parser. After one it cannot work, and says so at the first request: 500
 * `webhook_body_consumed`, also in the log.
 * @example
 * app.use("/webhooks/stripe", webhookRouter(payments));
 * app.use(express.json());
 */
export function webhookRouter(
  { webhooks }: { readonly webhooks: Pick<Payments["webhooks"], "receive"> },
  { logger = silentLogger }: WebhookRouterOptions = {},
): RequestHandler {
  return async (request, response, next) => {
    if (request.method !== "POST") {
      response.setHeader("Allow", "POST");
      return sendProblem(response, 405, "method_not_allowed", "Webhooks are posted.");
    }
    try {
      await webhooks.receive(await readRawBody(request), request.headers["stripe-signature"]);
      sendJson(response, 200, "application/json", { received: true });
    } catch (error) {
      if (error === tooLarge) {
        // The rest of the body is on its way: nothing more can be read of this connection.
        response.setHeader("Connection", "close");
        return sendProblem(response, 413, "payload_too_large", tooLarge.message);
      }
      if (isRevopsError(error, "invalid_signature")) return sendProblem(response, 400, error.code, error.message);
      if (isRevopsError(error, "webhook_body_consumed")) {
        logger.error({ err: error }, "webhooks cannot be received");
        return sendProblem(response, 500, error.code, error.message);
      }
      next(error);
    }
  };
}

/** RFC 9457. */
function sendProblem(response: Response, status: number, code: string, detail: string): void {
  const type = `urn:revops:problem:${code}`;
  sendJson(response, status, "application/problem+json", { type, title: code, status, code, detail });
}

function sendJson(response: Response, status: number, type: string, body: object): void {
  response.statusCode = status;
  response.setHeader("Content-Type", `${type}; charset=utf-8`);
  response.end(JSON.stringify(body));
}
