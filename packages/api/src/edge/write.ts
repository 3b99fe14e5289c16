/** Writes an answer whose text is known: status, head and body in one piece. */
import type { ServerResponse } from "node:http";

export const jsonType = "application/json; charset=utf-8";
export const problemType = "application/problem+json";
/** `Cache-Control` of all that does not say otherwise, problems included. */
export const neverStored = "no-store";

export interface WrittenAnswer {
  readonly status: number;
  readonly type: string;
  /** Nothing at all when empty. */
  readonly body: string;
  /** The body's in bytes; counted unless given. */
  readonly length?: number | undefined;
}

/** @param head the fields besides those of the content; what is set on the response is kept unless it is named here */
export function writeAnswer(
  response: ServerResponse,
  { status, type, body, length = Buffer.byteLength(body) }: WrittenAnswer,
  head: string[],
): void {
  if (body !== "") head.push("Content-Type", type);
  // RFC 9110 §8.6: an answer without content has no length.
  if (status !== 204) head.push("Content-Length", String(length));
  response.writeHead(status, head);
  // The same bytes where there is nothing but ASCII, which need not be looked for what takes more than one.
  response.end(body, length === body.length ? "latin1" : "utf8");
}
