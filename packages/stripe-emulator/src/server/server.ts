import express, { type Express, type Request, type Response } from "express";
import { apiVersion } from "../api-version.ts";
import type { ClockHand } from "../clock/clock.ts";
import { systemTime } from "../clock/system-time.ts";
import type { Work } from "../emulator/work.ts";
import { invalidRequest, StripeFailure } from "../errors.ts";
import type { FaultSource, RequestFaultOptions } from "../faults/faults.ts";
import { createIdentifier } from "../identifiers.ts";
import type { Scope } from "../scope.ts";
import { authenticate } from "./authentication.ts";
import { listened, publishCall } from "./calls.ts";
import { expand, type Includable } from "./expand.ts";
import { parseForm } from "./form.ts";
import { type Answer, fingerprintOf, type IdempotencyKeys } from "./idempotency.ts";
import type { RequestLog } from "./request-log.ts";
import type { Route } from "./route.ts";

export interface ServerOptions {
  work: Work;
  hand: ClockHand;
  keys: IdempotencyKeys;
  routes: readonly Route[];
  includable: Includable;
  faults: FaultSource;
  log: RequestLog;
  /** After each request that may have changed something. */
  committed(): void;
  report(message: string, error: unknown): void;
}

function failureAnswer(error: StripeFailure): Answer {
  return { status: error.status, body: JSON.stringify({ error: error.body }, null, 2) };
}

const unknownFailure = failureAnswer(
  new StripeFailure(500, {
    type: "api_error",
    message: "An unknown error occurred. If this problem persists please contact us via https://support.stripe.com/.",
  }),
);
/** Source: https://docs.stripe.com/rate-limits */
const rateLimited = failureAnswer(
  new StripeFailure(429, {
    type: "invalid_request_error",
    code: "rate_limit",
    message:
      "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits. You can lower your request rate by using webhooks.",
  }),
);

/** The HTTP face: authentication, forms, idempotency, one transaction per request, errors in Stripe's shape, faults on demand. */
export function createApi(options: ServerOptions): Express {
  const { work, hand, keys, routes, includable, faults, log, committed, report } = options;
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("query parser", false);
  app.use("/v1", express.text({ type: "application/x-www-form-urlencoded", limit: "1mb" }));

  /** Does the work of a request in one transaction and says what to answer. */
  function perform(route: Route, request: Request, response: Response, id: string, keepsFailure: boolean): Answer {
    const url = new URL(request.originalUrl, "http://localhost");
    const body = typeof request.body === "string" ? request.body : "";
    authenticate(request.get("authorization"));
    const idempotencyKey = route.method === "post" ? (request.get("idempotency-key") ?? null) : null;
    if (idempotencyKey !== null) {
      if (idempotencyKey.length > 255) throw invalidRequest("Idempotency keys can be up to 255 characters long.");
      response.set("idempotency-key", idempotencyKey);
    }
    const account = request.get("stripe-account") ?? "";
    // Each connected account has keys of its own.
    const key = idempotencyKey === null || account === "" ? idempotencyKey : `${account}/${idempotencyKey}`;
    const fingerprint = fingerprintOf(route.method, url.pathname, body);
    return work.run({ id, idempotencyKey }, (scope): Answer => {
      const first = key === null ? undefined : keys.replay(key, fingerprint, hand.seconds());
      if (first !== undefined) {
        response.set({ "idempotent-replayed": "true", "original-request": first.request });
        return first;
      }
      const own = account === "" ? scope : connectedScope(scope, account);
      const segments: Record<string, string> = {};
      for (const [name, value] of Object.entries(request.params)) segments[name] = String(value);
      const values = parseForm(url.search.slice(1), body);
      const prepared = route.prepare(values, segments);
      let result: Answer;
      try {
        result = work.nested((): Answer => {
          try {
            return {
              status: 200,
              body: JSON.stringify(expand(own, includable, prepared.run(own), prepared.expand), null, 2),
            };
          } catch (error) {
            // Returned instead of thrown, so that the savepoint keeps what was done.
            if (!(error instanceof StripeFailure) || !error.keepsWork) throw error;
            return failureAnswer(error);
          }
        });
      } catch (error) {
        if (!(error instanceof StripeFailure)) throw error;
        result = failureAnswer(error);
      }
      if (keepsFailure) result = unknownFailure;
      if (key !== null) {
        response.set("original-request", id);
        keys.keep(key, fingerprint, { ...result, request: id }, hand.seconds());
      }
      return result;
    });
  }

  /** The same, with whatever goes wrong as an answer. */
  function outcomeOf(route: Route, request: Request, response: Response, id: string, keepsFailure: boolean): Answer {
    try {
      return perform(route, request, response, id, keepsFailure);
    } catch (error) {
      if (error instanceof StripeFailure) return failureAnswer(error);
      report(`${request.method} ${request.path} failed inside the emulator`, error);
      return failureAnswer(
        new StripeFailure(500, { type: "api_error", message: "The emulator failed; its log has the cause." }),
      );
    }
  }

  function answer(route: Route, request: Request, response: Response): void {
    const id = createIdentifier("req");
    const startedAt = systemTime();
    if (listened()) publish(route, request);
    const fault = faults.ofRequest(request.method, request.path);
    response.set({ "request-id": id, "stripe-version": request.get("stripe-version") ?? apiVersion });
    const worked = workHappens(fault);
    const outcome = worked
      ? outcomeOf(route, request, response, id, fault?.type === "error-after" && fault.kept === true)
      : unknownFailure;
    if (worked && route.method !== "get") committed();
    const seen = shownBy(fault, outcome);
    log.add({
      id,
      at: hand.seconds(),
      method: request.method,
      path: request.originalUrl,
      account: request.get("stripe-account") ?? "",
      idempotencyKey: request.get("idempotency-key") ?? null,
      replayed: response.get("idempotent-replayed") === "true",
      status: seen?.status ?? 0,
      code: seen === null || seen.status < 400 ? null : codeOf(seen),
      fault: fault?.type ?? null,
      milliseconds: systemTime() - startedAt,
    });
    if (seen === null) {
      request.socket.destroy();
      return;
    }
    const send = () => response.status(seen.status).type("application/json").send(seen.body);
    if (fault?.type === "slow") setTimeout(send, fault.milliseconds ?? 1_000).unref();
    else send();
  }
  /** Tells of a call as it came, whatever becomes of it. */
  function publish(route: Route, request: Request): void {
    const url = new URL(request.originalUrl, "http://localhost");
    const call = { method: route.method, route: route.path };
    let values: Record<string, unknown> = {};
    try {
      values = parseForm(url.search.slice(1), typeof request.body === "string" ? request.body : "");
      route.prepare(values, {});
      publishCall({ ...call, values, refused: false });
    } catch {
      publishCall({ ...call, values, refused: true });
    }
  }
  for (const route of routes) app[route.method](route.path, (request, response) => answer(route, request, response));
  return app;
}

const workHappens = (fault: RequestFaultOptions | undefined) =>
  fault === undefined || fault.type === "slow" || fault.type.endsWith("-after");

/** What the caller sees of an answer; null when the connection is cut. */
function shownBy(fault: RequestFaultOptions | undefined, outcome: Answer): Answer | null {
  switch (fault?.type) {
    case "rate-limit":
      return rateLimited;
    case "error-before":
    case "error-after":
      return unknownFailure;
    case "cut-before":
    case "cut-after":
      return null;
    default:
      return outcome;
  }
}

function codeOf({ body }: Answer): string | null {
  const { error } = JSON.parse(body) as { error?: { code?: string; type?: string } };
  return error?.code ?? error?.type ?? null;
}

/** The account that `Stripe-Account` names. Source: https://docs.stripe.com/connect/authentication */
function connectedScope(scope: Scope, account: string): Scope {
  if (scope.objects.find("account", account) !== undefined) return scope.inAccount(account);
  throw new StripeFailure(403, {
    type: "invalid_request_error",
    code: "account_invalid",
    message: `The provided key does not have access to account '${account}' (or that account does not exist). Application access may have been revoked.`,
  });
}

/** Ends the chain: Stripe's answer to an address it does not know, and to bodies that cannot be read. */
export function closeApi(app: Express): void {
  app.use((request: Request, response: Response) => {
    if (listened() && request.path.startsWith("/v1/"))
      publishCall({ method: request.method, route: request.path, values: {}, refused: true, unserved: true });
    response.status(404).json({
      error: {
        type: "invalid_request_error",
        message: `Unrecognized request URL (${request.method}: ${request.path}). Please see https://stripe.com/docs or we can help at https://support.stripe.com/.`,
      },
    });
  });
  app.use((error: unknown, _request: Request, response: Response, _next: () => void) => {
    const status =
      typeof error === "object" && error !== null && "status" in error && typeof error.status === "number"
        ? error.status
        : 500;
    response.status(status).json({
      error: {
        type: status < 500 ? "invalid_request_error" : "api_error",
        message: error instanceof Error ? error.message : "Failed.",
      },
    });
  });
}
