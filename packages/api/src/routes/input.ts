/** Reads what a request brings by the route's declaration. */
import type { Request } from "express";
import { z } from "zod";
import { readJsonBody } from "../bodies/json-body.ts";
import { readBody } from "../bodies/read-body.ts";
import { findUnstorable } from "../bodies/unstorable.ts";
import { apiErrors } from "../problems/errors.ts";
import { validationFailed } from "../problems/problem.ts";
import type { RouteSpec } from "./route.ts";

export interface RouteInput {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

export const standardBodyLimit = 100_000;
const bodyTimeoutMs = 10_000;
const nothing = z.strictObject({});

/** @throws `not_found`, `validation_failed`, and what `readJsonBody` throws */
export async function readInput(spec: RouteSpec, request: Request): Promise<RouteInput> {
  return { params: readParams(spec, request), query: readQuery(spec, request), body: await readContent(spec, request) };
}

function readParams({ params }: RouteSpec, request: Request): unknown {
  if (params === undefined) return undefined;
  const read = findUnstorable(request.params) === null ? params.safeParse(request.params) : null;
  if (!read?.success) throw apiErrors.not_found();
  return read.data;
}

function readQuery({ query = nothing }: RouteSpec, request: Request): unknown {
  return checked(query, { ...request.query });
}

async function readContent(spec: RouteSpec, request: Request): Promise<unknown> {
  const { body: schema = nothing, bodyLimit: limit = standardBodyLimit } = spec;
  if (spec.method === "get" || schema === "form") return undefined;
  if (schema === "bytes") return readBody(request, { limit, timeoutMs: bodyTimeoutMs });
  // No body reads like an empty one: what is missing is then told by name.
  return checked(schema, (await readJsonBody(request, { limit, timeoutMs: bodyTimeoutMs })) ?? {});
}

function checked(schema: z.ZodType, value: unknown): unknown {
  const unstorable = findUnstorable(value);
  if (unstorable) {
    const errors = [{ path: unstorable.join("."), message: "NUL and lone surrogates are not text" }];
    throw apiErrors.validation_failed({ fields: { errors } });
  }
  const read = schema.safeParse(value);
  if (!read.success) throw validationFailed(read.error);
  return read.data;
}
