/** Runs a route's handler and makes its answer. */
import type { Answer } from "../idempotency/idempotency.ts";
import type { Redirect, Route, RouteRequest } from "./route.ts";

/**
 * Runs the handler. What it gives goes through the response schema, which takes out all that the schema does not name.
 * An answer that does not fit the schema is our mistake, not the client's.
 * @returns null when the handler has written the answer itself
 */
export async function answerOf(route: Route, request: RouteRequest): Promise<Answer | null> {
  const { response, status = response === undefined ? 204 : 200 } = route.spec;
  const value = await route.run(request);
  if (response === "bytes" || response === "page") return null;
  if (route.spec.redirects && isRedirect(value)) {
    request.response.redirect(302, value.location);
    return null;
  }
  if (response === undefined) return { status, body: "" };
  const written = response.safeParse(value);
  if (!written.success)
    throw new Error("The answer does not fit the route's response schema.", { cause: written.error });
  return { status, body: JSON.stringify(written.data) };
}

const isRedirect = (value: unknown): value is Redirect =>
  typeof value === "object" && value !== null && "location" in value;
