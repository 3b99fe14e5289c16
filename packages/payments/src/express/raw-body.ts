/** A request's bytes, as they came. */
import type { IncomingMessage } from "node:http";
import { paymentsErrors } from "../errors.ts";

/** Stripe's events are a few kilobytes; a long invoice with its lines is some hundred. */
const maxBytes = 1_000_000;

/** Thrown when a body is larger than any event. */
export const tooLarge = new Error("The body is larger than any event.");

interface MaybeParsed extends IncomingMessage {
  readonly body?: unknown;
}

/**
 * Reads the body, or takes what `express.raw()` has read: those are the bytes themselves. What a JSON parser made of them
 * is not: the signature is over the bytes, and no way leads back.
 * @throws `webhook_body_consumed`
 */
export async function readRawBody(request: MaybeParsed): Promise<Uint8Array> {
  if (request.body instanceof Uint8Array) return request.body;
  if (request.body !== undefined || request.readableDidRead || request.readableEnded) {
    throw paymentsErrors.webhook_body_consumed({
      detail:
        "A body parser ran before webhookRouter, so that the signature cannot be checked. Mount it first: app.use(path, webhookRouter(payments)) before app.use(express.json()).",
    });
  }
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > maxBytes) throw tooLarge;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
