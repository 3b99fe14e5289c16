import type { IncomingMessage } from "node:http";
import { apiErrors } from "../problems/errors.ts";
import { exceedsJsonLimits, jsonLimits } from "./json-shape.ts";
import { type ReadBodyOptions, readBody } from "./read-body.ts";

// RFC 8259 §8.1: JSON between systems is UTF-8, so any other charset is refused rather than guessed at.
const jsonType = /^application\/json\s*(;\s*charset\s*=\s*"?utf-?8"?\s*)?$/i;
const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Reads a JSON body; `undefined` when there is none.
 * @throws `unsupported_media_type`, `payload_too_large`, `invalid_json`, `request_timeout`
 */
export async function readJsonBody(request: IncomingMessage, options: ReadBodyOptions): Promise<unknown> {
  const { "content-type": type, "content-length": length, "transfer-encoding": transfer } = request.headers;
  if (transfer === undefined && (length === undefined || length === "0")) return undefined;
  if (type === undefined || !jsonType.test(type)) {
    throw apiErrors.unsupported_media_type({ detail: "Send the body as application/json in UTF-8." });
  }
  const parsed = parsedBefore(request);
  if (parsed !== undefined) return withinLimits(parsed);
  const bytes = await readBody(request, options);
  return bytes.length === 0 ? undefined : parseJson(bytes);
}

/** What an `express.json()` in front of us has made of the body; undefined when nobody has read it, or not as JSON. */
function parsedBefore(request: IncomingMessage & { readonly body?: unknown }): object | undefined {
  const { readableEnded, body } = request;
  return readableEnded && typeof body === "object" && body !== null && !Buffer.isBuffer(body) ? body : undefined;
}

/** It has bounded the bytes, and neither how deep they nest nor how many members they have. */
function withinLimits(parsed: object): object {
  let text: string;
  try {
    text = JSON.stringify(parsed);
  } catch (cause) {
    // Too deep to be written is too deep.
    throw tooMuch(cause);
  }
  if (exceedsJsonLimits(Buffer.from(text))) throw tooMuch();
  return parsed;
}

function tooMuch(cause?: unknown) {
  const { depth, members } = jsonLimits;
  return apiErrors.invalid_json({ detail: `JSON may nest ${depth} deep and hold ${members} members at most.`, cause });
}

function parseJson(bytes: Buffer): unknown {
  if (exceedsJsonLimits(bytes)) throw tooMuch();
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch (cause) {
    throw apiErrors.invalid_json({ cause });
  }
}
