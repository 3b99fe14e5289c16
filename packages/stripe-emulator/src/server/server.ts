import express, { type Express, type Request, type Response } from "express";
import { apiVersion } from "../api-version.ts";
import type { ClockHand } from "../clock/clock.ts";
import type { Work } from "../emulator/work.ts";
import { invalidRequest, StripeFailure } from "../errors.ts";
import { createIdentifier } from "../identifiers.ts";
import type { Scope } from "../scope.ts";
import { authenticate } from "./authentication.ts";
import { expand, type Includable } from "./expand.ts";
import { parseForm } from "./form.ts";
import { type Answer, fingerprintOf, type IdempotencyKeys } from "./idempotency.ts";
import type { Route } from "./route.ts";

export interface ServerOptions {
  work: Work;
  hand: ClockHand;
  keys: IdempotencyKeys;
  routes: readonly Route[];
  includable: Includable;
  /** After each request that may have changed something. */
  committed(): void;
  report(message: string, error: unknown): void;
}

function failureAnswer(error: StripeFailure): Answer {
  return { status: error.status, body: JSON.stringify({ error: error.body }, null, 2) };
}

/** The HTTP face: authentication, forms, idempotency, one transaction per request, errors in Stripe's shape. */
export function createApi({ work, hand, keys, routes, includable, committed, report }: ServerOptions): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("query parser", false);
  app.use("/v1", express.text({ type: "application/x-www-form-urlencoded", limit: "1mb" }));

  function answer(route: Route, request: Request, response: Response): void {
    const requestId = createIdentifier("req");
    const url = new URL(request.originalUrl, "http://localhost");
    const body = typeof request.body === "string" ? request.body : "";
    response.set({ "request-id": requestId, "stripe-version": request.get("stripe-version") ?? apiVersion });
    const send = ({ status, body: text }: Answer) => response.status(status).type("application/json").send(text);
    try {
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
      const outcome = work.run({ id: requestId, idempotencyKey }, (scope): Answer => {
        const first = key === null ? undefined : keys.replay(key, fingerprint, hand.seconds());
        if (first !== undefined) {
          response.set({ "idempotent-replayed": "true", "original-request": first.request });
          return first;
        }
        const own = account === "" ? scope : connectedScope(scope, account);
        const segments: Record<string, string> = {};
        for (const [name, value] of Object.entries(request.params)) segments[name] = String(value);
        const prepared = route.prepare(parseForm(url.search.slice(1), body), segments);
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
        if (key !== null) {
          response.set("original-request", requestId);
          keys.keep(key, fingerprint, { ...result, request: requestId }, hand.seconds());
        }
        return result;
      });
      send(outcome);
      if (route.method !== "get") committed();
    } catch (error) {
      if (error instanceof StripeFailure) send(failureAnswer(error));
      else {
        report(`${request.method} ${url.pathname} failed inside the emulator`, error);
        send(
          failureAnswer(
            new StripeFailure(500, { type: "api_error", message: "The emulator failed; its log has the cause." }),
          ),
        );
      }
    }
  }
  for (const route of routes) app[route.method](route.path, (request, response) => answer(route, request, response));
  return app;
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
