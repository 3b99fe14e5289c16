import { createId } from "@revops/core";

// A caller's id goes into logs and an answer's header: nothing that could end a line, and no more than fits one.
const sane = /^[A-Za-z0-9._:-]{1,128}$/;

/** The caller's `X-Request-Id` if it is a sane one, else a new id. */
export function requestIdOf(presented: unknown, at: Date): string {
  return typeof presented === "string" && sane.test(presented) ? presented : createId("req", at);
}
