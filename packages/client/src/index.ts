/** @revops/client: a typed client of the HTTP API. A diff of this file is a diff of the public API. */
export { createRevopsClient, type RevopsClient, type RevopsClientOptions } from "./client.ts";
export type { components, operations, paths } from "./generated/schema.ts";
export { type Page, paginate } from "./paging.ts";
export { isProblem, type Outcome, type Problem, RevopsProblem, unwrap } from "./problem.ts";
export type { RetryOptions } from "./retry.ts";
export type { ClientCredential, SessionTokens } from "./session.ts";
