import { isRevopsError } from "@revops/core";
import { databaseErrors, isOutage } from "@revops/database";
import { paymentsErrors } from "@revops/payments";
import { ZodError } from "zod";
import { apiErrors } from "./errors.ts";
import { describeIssues } from "./issues.ts";
import { type ProblemCode, statuses } from "./statuses.ts";

/** RFC 9457 problem details, with the members that every answer of ours has. Others, such as `limit`, may follow. */
export interface Problem {
  /** `urn:revops:problem:<code>`: names the kind of problem for ever, whoever's server answers. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** The path that was asked for, without its query. */
  readonly instance: string;
  /** What a program acts upon. */
  readonly code: ProblemCode;
  readonly requestId: string;
  readonly [member: string]: unknown;
}

/** Where the problem arose. */
export interface ProblemContext {
  readonly instance: string;
  readonly requestId: string;
}

const own = ["type", "title", "status", "detail", "instance", "code", "requestId"];

/**
 * Turns whatever was thrown into what a client may see. An error that is none of ours, and one that no client can do
 * anything about, is `internal_error` and tells nothing more: its cause is for the log.
 */
export function problemOf(thrown: unknown, { instance, requestId }: ProblemContext): Problem {
  const error = publicError(thrown);
  const { status, as, under } = statuses[error.code];
  const fields = Object.entries(error.fields).filter(([name, value]) => !own.includes(name) && value !== undefined);
  const code = as ?? under ?? error.code;
  const title = as ? apiErrors[as]().title : under ? paymentsErrors[under]().title : error.title;
  return {
    type: `urn:revops:problem:${code}`,
    title,
    status,
    // Two wordings of "not found" would tell someone else's object from one that never was.
    detail: as === undefined && status < 500 ? error.message : title,
    instance,
    code,
    requestId,
    ...Object.fromEntries(as === undefined ? fields : []),
  };
}

function publicError(thrown: unknown) {
  if (thrown instanceof ZodError) return validationFailed(thrown);
  if (isRevopsError<ProblemCode>(thrown) && Object.hasOwn(statuses, thrown.code)) return thrown;
  // What a package asks outside of a transaction ends in the driver's own words.
  if (isOutage(thrown)) return databaseErrors.database_unavailable();
  const status = statusOf(thrown);
  // Express refuses a path such as `/%ff` with an error of its own that carries a status.
  if (status >= 400 && status < 500) return apiErrors.invalid_request();
  return apiErrors.internal_error();
}

/** A request that a schema refused. */
export function validationFailed(error: ZodError) {
  return apiErrors.validation_failed({ fields: { errors: describeIssues(error) } });
}

function statusOf(thrown: unknown): number {
  return typeof thrown === "object" && thrown !== null && "status" in thrown ? Number(thrown.status) : 0;
}
