/** Brings declared routes to life: admission, validation, quota, idempotency and answer, in this order for each. */
import type { Principal } from "@revops/auth";
import type { Clock } from "@revops/core";
import express, { type Request, type RequestHandler, type Response, type Router } from "express";
import { pathOf } from "../access-log/access-log.ts";
import type { Admit } from "../credentials/access.ts";
import type { Cursors } from "../cursors/cursors.ts";
import type { Edge } from "../edge/edge.ts";
import { type Exchange, setHead } from "../edge/exchange.ts";
import { jsonType, neverStored, problemType, writeAnswer } from "../edge/write.ts";
import { fingerprintOf, idempotencyKeyOf } from "../idempotency/fingerprint.ts";
import type { Answer, Idempotency } from "../idempotency/idempotency.ts";
import { apiErrors } from "../problems/errors.ts";
import { problemOf } from "../problems/problem.ts";
import { problemHead } from "../problems/send.ts";
import type { ChargeRequest } from "../quotas/charge-request.ts";
import { readInput } from "./input.ts";
import { indexRoutes } from "./lane.ts";
import { createRespond } from "./respond.ts";
import type { Route, RouteCursors, RouteRequest, RouteSpec } from "./route.ts";

export interface MountOptions {
  readonly clock: Clock;
  readonly edge: Edge;
  readonly admit: Admit;
  readonly cursors: Cursors;
  readonly idempotency: Idempotency;
  readonly chargeRequest: ChargeRequest;
  readonly answerProblem: AnswerProblem;
}

/** Answers what was thrown. */
export type AnswerProblem = (thrown: unknown, request: Request, response: Response, exchange: Exchange) => void;

type Params = Readonly<Record<string, unknown>>;
type Serve = (request: Request, response: Response, exchange: Exchange, params: Params) => Promise<void>;

export interface Mounted {
  /** Serves each route; a method that a path does not have is 405 and names those that it has. To be used after the edge. */
  readonly router: Router;
  /**
   * Serves most requests by itself, edge and problems included, and passes on what it leaves to {@link Mounted.router}.
   * @param basePath what paths begin with here: nothing where a router is mounted on it
   */
  lane(basePath: string): RequestHandler;
}

export function mountRoutes(routes: readonly Route[], options: MountOptions): Mounted {
  const { edge, answerProblem } = options;
  const router = express.Router({ caseSensitive: true });
  const served = routes.map((route) => ({ route, serve: createServe(route, options) }));
  for (const [path, group] of Map.groupBy(served, ({ route }) => route.spec.path)) {
    for (const { route, serve } of group) {
      router[route.spec.method](path, (request, response) =>
        serve(request, response, edge.exchangeOf(response), request.params),
      );
    }
    const allow = allowed(group.map(({ route }) => route));
    router.all(path, (request, response) => {
      if (request.method !== "OPTIONS") throw apiErrors.method_not_allowed({ fields: { allow } });
      response.status(204).set("Allow", allow.join(", ")).end();
    });
  }
  const find = indexRoutes(
    served
      .filter(({ route }) => answersText(route.spec))
      .map(({ route: { spec }, serve }) => ({ method: spec.method, path: spec.path, target: serve })),
  );

  return {
    router,
    lane: (basePath) => (request, response, next) => {
      const { url } = request;
      const queryAt = url.indexOf("?");
      const path = queryAt === -1 ? url : url.slice(0, queryAt);
      const found = path.startsWith(basePath) ? find(request.method, path.slice(basePath.length)) : undefined;
      if (!found) return next();
      edge.enter(request, response, (exchange) => {
        found
          .target(request, response, exchange, found.params)
          .catch((error: unknown) => answerProblem(error, request, response, exchange))
          .catch(next);
      });
    },
  };
}

/** Whether all that it answers is written here, in one piece. */
const answersText = ({ response, redirects }: RouteSpec) => typeof response !== "string" && !redirects;

function allowed(group: readonly Route[]): string[] {
  const methods = group.map(({ spec }) => spec.method.toUpperCase());
  return [...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"].sort();
}

function createServe(route: Route, options: MountOptions): Serve {
  const { clock, admit, idempotency, chargeRequest } = options;
  const { spec } = route;
  const { cache = neverStored } = spec;
  const cursors = routeCursors(`${spec.method} ${spec.path}`, options.cursors);
  const respond = createRespond(route);
  const isText = answersText(spec);

  return async (request, response, exchange, params) => {
    const { notes, head } = exchange;
    notes.route = spec.path;
    const principal = await admit(spec, request, exchange);
    const key = spec.idempotent ? idempotencyKeyOf(request.headers["idempotency-key"]) : null;
    const input = await readInput(spec, request, params);
    const { requestId } = notes;
    // `readInput` read each member by the declaration that gave the handler its types; `admit` saw to the principal.
    const given = { ...input, principal, requestId, cursors, request, response } as RouteRequest;
    const run = async () => {
      if (spec.charge !== undefined && principal) await chargeRequest(spec.charge, principal);
      if (!isText) setHead(response, [...head, "Cache-Control", cache]);
      return respond(given);
    };
    if (key === null || principal === null) {
      const answer = await run();
      if (answer) send(response, answer, head);
      return;
    }
    const fingerprint = fingerprintOf(spec.method, request.originalUrl, input.body);
    const { replayed, ...answer } = await idempotency.once({ principal: ownerOf(principal), key, fingerprint }, () =>
      decided(run, request, exchange),
    );
    if (replayed) head.push("Idempotent-Replayed", "true");
    send(response, answer, head);
  };

  /** Turns what was decided against the client into an answer too, so that a repeat gets it again. */
  async function decided(
    run: () => Promise<Answer | null>,
    request: Request,
    { notes, head }: Exchange,
  ): Promise<Answer> {
    try {
      const answer = await run();
      if (!answer) throw new Error("A route that answers bytes cannot be idempotent.");
      return answer;
    } catch (error) {
      const problem = problemOf(error, { instance: pathOf(request), requestId: notes.requestId });
      if (problem.status >= 500) throw error;
      notes.code = problem.code;
      head.push(...problemHead(problem, clock));
      return { status: problem.status, body: JSON.stringify(problem) };
    }
  }

  function send(response: Response, { status, body }: Answer, head: string[]): void {
    head.push("Cache-Control", cache);
    writeAnswer(response, { status, type: status < 400 ? jsonType : problemType, body }, head);
  }
}

/** Whose key it is: a person's for themselves is another one than the same person's for an organization. */
const ownerOf = ({ userId, organization }: Principal) => (organization ? `${organization.id}/${userId}` : userId);

function routeCursors(name: string, cursors: Cursors): RouteCursors {
  const bound = (filter: unknown) => [name, filter ?? null];
  return {
    open: (query, filter) => cursors.request(query, bound(filter)),
    list: (page, filter) => cursors.list(page, bound(filter)),
  };
}
