/** What went wrong, as a typed error: a problem of the API (RFC 9457). */
import type { components } from "./generated/schema.ts";

/** The API's problem details; `code` is what to program against. */
export type Problem = components["schemas"]["Problem"];

/**
 * An answer that is not a success. `Code` is the union of the codes that the operation may answer.
 *
 * @example
 * try { unwrap(await revops.PUT("/billing/subscription", { body: { tier: "pro" } })); }
 * catch (error) { if (isProblem(error, "card_declined")) showDecline(error.problem.declineCode); else throw error; }
 */
export class RevopsProblem<Code extends string = string> extends Error {
  override readonly name = "RevopsProblem";
  /** The stable name: `quota_exceeded`, `card_declined` … */
  readonly code: Code;
  /** The HTTP status. */
  readonly status: number;
  /** All that the API said. */
  readonly problem: Problem;
  /** Names the request in the server's log. */
  readonly requestId: string;

  constructor(problem: Problem & { readonly code: Code }) {
    super(`${problem.title}: ${problem.detail}`);
    this.code = problem.code;
    this.status = problem.status;
    this.problem = problem;
    this.requestId = problem.requestId;
  }
}

/** Whether something thrown is a problem of the API, of this code if one is given. Works across two copies of this package. */
export function isProblem<Code extends string>(error: unknown, code?: Code): error is RevopsProblem<Code> {
  if (!(error instanceof Error) || error.name !== "RevopsProblem" || !("code" in error)) return false;
  return code === undefined || error.code === code;
}

/** The outcome of a call: `data` of a success, or `error`. */
export type Outcome<Data, Failure> =
  | { readonly data: Data; readonly error?: undefined; readonly response: Response }
  | { readonly data?: undefined; readonly error: Failure; readonly response: Response };

/**
 * The answer of a success; anything else is thrown.
 * @throws RevopsProblem with the API's `code`; Error for an answer that is no problem of the API (a proxy's page)
 * @example const { key } = unwrap(await revops.POST("/auth/keys", { body: { name: "ci" } }));
 */
export function unwrap<Data, Failure>({ data, error, response }: Outcome<Data, Failure>): Data {
  if (error !== undefined || !response.ok) throw problemOf(error, response);
  // A success has its data; 204 has none, and then `Data` says so.
  return data as Data;
}

function problemOf(error: unknown, { status, statusText }: Response): Error {
  if (typeof error === "object" && error !== null && "code" in error && "requestId" in error) {
    // Both are members of nothing but the API's problems.
    return new RevopsProblem(error as Problem);
  }
  return new Error(`The answer is ${status} ${statusText}, and no problem of the API.`);
}
