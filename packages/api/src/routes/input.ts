/** Reads what a request brings by the route's declaration. */
import { parse } from "node:querystring";
import { z } from "zod";
import { readJsonBody } from "../bodies/json-body.ts";
import { readBody } from "../bodies/read-body.ts";
import { findUnstorable } from "../bodies/unstorable.ts";
import type { ApiRequest } from "../edge/request.ts";
import { apiErrors } from "../problems/errors.ts";
import { validationFailed } from "../problems/problem.ts";
import type { RouteSpec } from "./route.ts";

export interface RouteInput {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

const standardBodyLimit = 100_000;
const bodyTimeoutMs = 10_000;
const nothing = z.strictObject({});
const nothingGiven = Object.freeze({});

/** @throws `not_found`, `validation_failed`, and what `readJsonBody` throws */
export async function readInput(
  spec: RouteSpec,
  request: ApiRequest,
  params: Readonly<Record<string, unknown>>,
): Promise<RouteInput> {
  return {
    params: readParams(spec, params),
    query: readQuery(spec, request),
    body: spec.method === "get" ? undefined : await readContent(spec, request),
  };
}

function readParams({ params: schema }: RouteSpec, params: Readonly<Record<string, unknown>>): unknown {
  if (schema === undefined) return undefined;
  const read = findUnstorable(params) === null ? schema.safeParse(params) : null;
  if (!read?.success) throw apiErrors.not_found();
  return read.data;
}

function readQuery({ query = nothing }: RouteSpec, { url }: ApiRequest): unknown {
  const start = url.indexOf("?");
  if (query === nothing && start === -1) return nothingGiven;
  // Repeated parameters become arrays, which no schema takes; nested ones are names that no schema knows.
  return checked(query, start === -1 ? {} : { ...parse(url.slice(start + 1)) });
}

async function readContent(spec: RouteSpec, request: ApiRequest): Promise<unknown> {
  const { body: schema = nothing, bodyLimit: limit = standardBodyLimit } = spec;
  if (schema === "form") return undefined;
  if (schema === "bytes") return readBody(request, { limit, timeoutMs: bodyTimeoutMs });
  const given = await readJsonBody(request, { limit, timeoutMs: bodyTimeoutMs });
  // No body reads like an empty one: what is missing is then told by name. `null` is one, and no object.
  return checked(schema, given === undefined ? {} : given);
}

function checked(schema: z.ZodType, value: unknown): unknown {
  const unstorable = findUnstorable(value);
  if (unstorable) {
    // Whatever it was changed to, a cursor that we did not give is one thing.
    if (unstorable.join() === "cursor") throw apiErrors.invalid_cursor();
    const errors = [{ path: unstorable.join("."), message: "NUL and lone surrogates are not text" }];
    throw apiErrors.validation_failed({ fields: { errors } });
  }
  const read = schema.safeParse(value);
  if (!read.success) throw validationFailed(read.error);
  return read.data;
}
