import type { IncomingMessage } from "node:http";
import { apiErrors } from "../problems/errors.ts";

export interface ReadBodyOptions {
  /** Bytes at most. */
  readonly limit: number;
  /** Milliseconds until a body that trickles in is given up. */
  readonly timeoutMs: number;
}

/**
 * Reads a body whole, as bytes. Nothing larger than `limit` is ever held.
 * @throws `payload_too_large`, `request_timeout`, `unsupported_media_type` for a compressed body (a small one may unpack
 *   to gigabytes, and none of our clients needs it), `invalid_request` when the client went away
 */
export async function readBody(
  request: IncomingMessage & { readonly body?: unknown },
  { limit, timeoutMs }: ReadBodyOptions,
): Promise<Buffer> {
  const encoding = request.headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") {
    throw apiErrors.unsupported_media_type({ detail: "Send the body without Content-Encoding." });
  }
  const tooLarge = () =>
    apiErrors.payload_too_large({ detail: `A body has ${limit} bytes at most.`, fields: { limit } });
  if (Number(request.headers["content-length"] ?? 0) > limit) throw tooLarge();
  if (request.readableEnded) {
    // `express.raw()` and `express.text()` in front of us.
    const { body } = request;
    if (!Buffer.isBuffer(body) && typeof body !== "string") {
      throw new Error("The body was read before RevOps saw it: mount RevOps before express.json() and its like.");
    }
    const bytes = Buffer.from(body);
    if (bytes.length > limit) throw tooLarge();
    return bytes;
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const timer = setTimeout(() => finish(apiErrors.request_timeout()), timeoutMs);
    const finish = (error?: unknown) => {
      clearTimeout(timer);
      request.off("data", onData).off("end", onEnd).off("error", onGone).off("close", onGone);
      if (error === undefined) resolve(Buffer.concat(chunks, size));
      else {
        // The rest flows away unread, so that the answer can still be sent.
        request.resume();
        reject(error);
      }
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) finish(tooLarge());
      else chunks.push(chunk);
    };
    const onGone = () => finish(apiErrors.invalid_request({ detail: "The body ended too early." }));
    const onEnd = () => finish();
    request.on("data", onData).on("end", onEnd).on("error", onGone).on("close", onGone);
  });
}
