/** Whom a request is for: said once, and readable, or we and a proxy in front of us may take it for different servers' (RFC 9112 §3.2). */
import type { IncomingMessage } from "node:http";
import { apiErrors } from "../problems/errors.ts";

/** RFC 3986's `host` and a port. */
const sane = /^(?:\[[0-9a-f:.]+\]|[\w.~!$&'()*+,;=%-]+)(?::\d*)?$/i;

/** What is wrong with a request's `Host` field; null when nothing is. HTTP/1.0 need not have one. */
export function hostFault({ headers: { host }, rawHeaders, httpVersion }: IncomingMessage): Error | null {
  let fields = 0;
  for (let n = 0; n < rawHeaders.length; n += 2) {
    const name = rawHeaders[n];
    if (name?.length === 4 && name.toLowerCase() === "host") fields++;
  }
  if (fields === 0) {
    return httpVersion === "1.0" ? null : apiErrors.invalid_request({ detail: "The Host header field is missing." });
  }
  if (fields > 1) return apiErrors.invalid_request({ detail: "There is more than one Host header field." });
  if (host !== undefined && sane.test(host)) return null;
  return apiErrors.invalid_request({ detail: "The Host header field is no host." });
}
