/** Writes problems as answers. */
import type { ServerResponse } from "node:http";
import type { Clock } from "@revops/core";
import { challengeOf } from "../credentials/challenge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { neverStored, problemType, writeAnswer } from "../edge/write.ts";
import type { Problem } from "./problem.ts";

/** A dependency that is away is asked again after this many seconds. */
const retrySeconds = 5;

/** The header fields that go with a problem. */
export function problemHead(problem: Problem, clock: Clock): string[] {
  const challenge = challengeOf(problem);
  const retryAfter = retryAfterOf(problem, clock);
  const { allow } = problem;
  return [
    ...(challenge === null ? [] : ["WWW-Authenticate", challenge]),
    ...(retryAfter === null ? [] : ["Retry-After", String(retryAfter)]),
    ...(Array.isArray(allow) ? ["Allow", allow.join(", ")] : []),
  ];
}

/** Seconds after which trying again may help (RFC 9110 §10.2.3); null when waiting alone never will. */
function retryAfterOf({ status, retryAfter, resetsAt }: Problem, clock: Clock): number | null {
  if (typeof retryAfter === "number") return retryAfter;
  if (resetsAt instanceof Date) return Math.max(1, Math.ceil((resetsAt.getTime() - clock.now().getTime()) / 1000));
  return status === 503 ? retrySeconds : null;
}

/** What spoke of the content that the problem takes the place of. */
const contentHeaders = ["Content-Length", "Content-Disposition", "ETag", "Digest", "Repr-Digest"];

/** Answers with a problem, unless the answer has begun: then all that is left is to break it off. */
export function sendProblem(response: ServerResponse, problem: Problem, { head }: Exchange, clock: Clock): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  for (const name of contentHeaders) response.removeHeader(name);
  head.push(...problemHead(problem, clock), "Cache-Control", neverStored);
  writeAnswer(response, { status: problem.status, type: problemType, body: JSON.stringify(problem) }, head);
}
