/** Brings declared routes to life: admission, validation, quota, idempotency and answer, in this order for each. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Principal } from "@revops/auth";
import type { Clock } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import express, { type RequestHandler, type Router } from "express";
import { pathOf, withoutQuery } from "../access-log/access-log.ts";
import type { Admit } from "../credentials/access.ts";
import { type Crowd, createCrowd } from "../crowds/crowd.ts";
import type { Cursors } from "../cursors/cursors.ts";
import type { Edge } from "../edge/edge.ts";
import { type Exchange, setHead } from "../edge/exchange.ts";
import { hostFault } from "../edge/host.ts";
import { type ApiRequest, asSeen, type TrustProxy } from "../edge/request.ts";
import { jsonType, neverStored, problemType, writeAnswer } from "../edge/write.ts";
import { fingerprintOf, idempotencyKeyOf } from "../idempotency/fingerprint.ts";
import type { Answer, Attempt, Idempotency } from "../idempotency/idempotency.ts";
import { apiErrors } from "../problems/errors.ts";
import { problemOf } from "../problems/problem.ts";
import { problemHead } from "../problems/send.ts";
import type { ChargeRequest } from "../quotas/charge-request.ts";
import { readInput } from "./input.ts";
import { type Found, indexRoutes } from "./lane.ts";
import { createRespond } from "./respond.ts";
import type { Route, RouteCursors, RouteRequest, RouteSpec } from "./route.ts";

export interface MountOptions {
  readonly clock: Clock;
  readonly database: Pick<Database, "transaction">;
  readonly edge: Edge;
  readonly admit: Admit;
  readonly cursors: Cursors;
  readonly idempotency: Idempotency;
  readonly chargeRequest: ChargeRequest;
  readonly answerProblem: AnswerProblem;
}

/** Answers what was thrown. */
export type AnswerProblem = (
  thrown: unknown,
  request: ApiRequest,
  response: ServerResponse,
  exchange: Exchange,
) => void;

type Params = Readonly<Record<string, unknown>>;
type Serve = (request: ApiRequest, response: ServerResponse, exchange: Exchange, params: Params) => Promise<void>;

export interface Mounted {
  /** Serves each route; a method that a path does not have is 405 and names those that it has. To be used after the edge. */
  readonly router: Router;
  /**
   * Serves most requests by itself, edge and problems included, and passes on what it leaves to {@link Mounted.router}.
   * @param basePath what paths begin with here: nothing where a router is mounted on it
   */
  lane(basePath: string): RequestHandler;
  /** The same for requests that Express has not seen; says whether it serves this one. */
  direct(basePath: string, trust: TrustProxy): (request: IncomingMessage, response: ServerResponse) => boolean;
}

export function mountRoutes(routes: readonly Route[], options: MountOptions): Mounted {
  const { edge, answerProblem } = options;
  const router = express.Router({ caseSensitive: true });
  const crowd = createCrowd();
  const served = routes.map((route) => ({ route, serve: createServe(route, options, crowd) }));
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
    served.map(({ route: { spec }, serve }) => ({
      method: spec.method,
      path: spec.path,
      target: answersText(spec) ? serve : undefined,
    })),
  );

  /** What is for nobody, or for two, is left to Express, whose first step refuses it. */
  function found(request: IncomingMessage, basePath: string): Found<Serve> | undefined {
    const { method = "", url = "" } = request;
    const path = withoutQuery(url);
    if (!path.startsWith(basePath) || hostFault(request)) return undefined;
    return find(method, path.slice(basePath.length));
  }

  function run(
    { target, params }: Found<Serve>,
    request: ApiRequest,
    response: ServerResponse,
    fail: (error: unknown) => void,
  ) {
    edge.enter(request, response, (exchange) => {
      target(request, response, exchange, params)
        .catch((error: unknown) => answerProblem(error, request, response, exchange))
        .catch(fail);
    });
  }

  return {
    router,
    lane: (basePath) => (request, response, next) => {
      const route = found(request, basePath);
      if (!route) return next();
      // Where the routes are, for those that name others: Express does not know of the base path here.
      request.baseUrl += basePath;
      run(route, request, response, next);
    },
    direct: (basePath, trust) => (request, response) => {
      const route = found(request, basePath);
      // The answer has begun and broke: all that is left is to say so.
      if (route) run(route, asSeen(request, basePath, trust), response, () => response.destroy());
      return route !== undefined;
    },
  };
}

const nothingDue = Promise.resolve();

/** Whether all that it answers is written here, in one piece. */
const answersText = ({ response, redirects }: RouteSpec) => typeof response !== "string" && !redirects;

function allowed(group: readonly Route[]): string[] {
  const methods = group.map(({ spec }) => spec.method.toUpperCase());
  return [...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"].sort();
}

function createServe(route: Route, options: MountOptions, crowd: Crowd): Serve {
  const { clock, admit, idempotency, chargeRequest } = options;
  const { spec } = route;
  const { cache = neverStored } = spec;
  const cursors = routeCursors(`${spec.method} ${spec.path}`, options.cursors);
  const respond = createRespond(route);
  const isText = answersText(spec);
  // It need not wait for the quota: what it has read is dropped where nothing is left of that.
  const readsOnly = spec.method === "get" && isText;

  return async (request, response, exchange, params) => {
    const { notes, head } = exchange;
    notes.route = spec.path;
    if (spec.crowded) await crowd(request, response);
    const principal = await admit(spec, request, exchange);
    const key = spec.idempotent ? idempotencyKeyOf(request.headers["idempotency-key"]) : null;
    const input = await readInput(spec, request, params);
    const { requestId } = notes;
    const run = (tx?: Tx, attempt?: Attempt) => {
      // Whoever writes the answer without us finds its head set.
      if (!isText) setHead(response, [...head, "Cache-Control", cache]);
      const { work, resumed = false } = attempt ?? {};
      const given = { ...input, principal, requestId, tx, work, resumed, cursors, request, response };
      // `readInput` read each member by the declaration that gave the handler its types; `admit` saw to the principal.
      return respond(given as RouteRequest);
    };
    const charge = () => (spec.charge && principal ? chargeRequest(spec.charge, principal) : nothingDue);
    if (key === null || principal === null) {
      const charged = charge();
      const running = readsOnly ? run() : charged.then(() => run());
      // Where both fail, the quota's refusal is what is said.
      running.catch(() => undefined);
      await charged;
      const answer = await running;
      if (answer) send(response, answer, head);
      return;
    }
    const fingerprint = fingerprintOf(spec.method, request.originalUrl, input.body);
    const work = async (attempt: Attempt) => {
      await charge();
      return spec.idempotent === "resumable" ? whole(await run(undefined, attempt)) : committed(run, attempt);
    };
    const owner = { principal: ownerOf(principal), key, fingerprint };
    const { replayed, ...answer } = await idempotency.once(owner, (attempt) =>
      decided(() => work(attempt), request, exchange),
    );
    if (replayed) head.push("Idempotent-Replayed", "true");
    send(response, answer, head);
  };

  /** The work and its answer in one transaction: after a crash there are both, or neither. */
  function committed(run: (tx: Tx) => Promise<Answer | null>, attempt: Attempt): Promise<Answer> {
    return options.database.transaction(async (tx) => {
      const answer = whole(await run(tx));
      await attempt.keep(tx, answer);
      return answer;
    });
  }

  /** Turns what was decided against the client into an answer too, so that a repeat gets it again. */
  async function decided(work: () => Promise<Answer>, request: ApiRequest, { notes, head }: Exchange): Promise<Answer> {
    try {
      return await work();
    } catch (error) {
      const problem = problemOf(error, { instance: pathOf(request), requestId: notes.requestId });
      if (problem.status >= 500) throw error;
      notes.code = problem.code;
      head.push(...problemHead(problem, clock));
      return { status: problem.status, body: JSON.stringify(problem) };
    }
  }

  function send(response: ServerResponse, { status, body, length }: Answer, head: string[]): void {
    head.push("Cache-Control", cache);
    writeAnswer(response, { status, type: status < 400 ? jsonType : problemType, body, length }, head);
  }
}

function whole(answer: Answer | null): Answer {
  if (!answer) throw new Error("A route that answers bytes cannot be idempotent.");
  return answer;
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
