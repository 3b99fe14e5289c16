/** Runs a route's handler and makes its answer. */
import type { Response } from "express";
import type { z } from "zod";
import type { Answer } from "../idempotency/idempotency.ts";
import type { Redirect, Route, RouteRequest } from "./route.ts";

/**
 * Runs a route's handler. What it gives goes through the response schema, which takes out all that the schema does not
 * name. An answer that does not fit the schema is our mistake, not the client's.
 * @returns null when the handler has written the answer itself
 */
export type Respond = (request: RouteRequest) => Promise<Answer | null>;

export function createRespond(route: Route): Respond {
  const { response, status = response === undefined ? 204 : 200, redirects } = route.spec;
  const isWrittenByHandler = response === "bytes" || response === "page";
  const write = isWrittenByHandler || response === undefined ? () => nothing : createWrite(response);
  return async (request) => {
    const value = await route.run(request);
    if (isWrittenByHandler) return null;
    if (redirects && isRedirect(value)) {
      // Routes that redirect are given Express' answer.
      (request.response as Response).redirect(302, value.location);
      return null;
    }
    return { status, ...write(value) };
  };
}

type Written = Pick<Answer, "body" | "length">;

const nothing: Written = { body: "" };

const isRedirect = (value: unknown): value is Redirect =>
  typeof value === "object" && value !== null && "location" in value;

/**
 * Makes the text of what a handler gives. What is shown to many, such as a listing, is given as the same object for as long
 * as it is the same, frozen with all that is in it: that is looked through and written once.
 */
function createWrite(schema: z.ZodType): (value: unknown) => Written {
  const texts = new WeakMap<object, Written>();

  function anew(value: unknown): string {
    const fitting = schema.safeParse(value);
    if (fitting.success) return JSON.stringify(fitting.data);
    throw new Error("The answer does not fit the route's response schema.", { cause: fitting.error });
  }

  return (value) => {
    if (typeof value !== "object" || value === null || !Object.isFrozen(value)) return { body: anew(value) };
    const before = texts.get(value);
    if (before !== undefined) return before;
    const body = anew(value);
    const written = { body, length: Buffer.byteLength(body) };
    if (isFrozen(value)) texts.set(value, written);
    return written;
  };
}

/** Whether nothing in it can change any more. */
function isFrozen(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isFrozen);
}
