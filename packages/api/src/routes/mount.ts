/** Brings declared routes to life: admission, validation, quota, idempotency and answer, in this order for each. */
import type { Principal } from "@revops/auth";
import type { Clock } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import express, { type Request, type Response, type Router } from "express";
import type { AccessLog } from "../access-log/access-log.ts";
import { pathOf } from "../access-log/access-log.ts";
import type { Admit } from "../credentials/access.ts";
import type { Cursors } from "../cursors/cursors.ts";
import { fingerprintOf, idempotencyKeyOf } from "../idempotency/fingerprint.ts";
import type { Answer, Attempt, Idempotency } from "../idempotency/idempotency.ts";
import { apiErrors } from "../problems/errors.ts";
import { problemOf } from "../problems/problem.ts";
import { problemHeaders, problemType } from "../problems/send.ts";
import type { ChargeRequest } from "../quotas/charge-request.ts";
import { readInput } from "./input.ts";
import { answerOf } from "./respond.ts";
import type { Route, RouteCursors, RouteRequest } from "./route.ts";

export interface MountOptions {
  readonly clock: Clock;
  readonly database: Pick<Database, "transaction">;
  readonly accessLog: AccessLog;
  readonly admit: Admit;
  readonly cursors: Cursors;
  readonly idempotency: Idempotency;
  readonly chargeRequest: ChargeRequest;
}

/** Makes a router of routes. A method that a path does not have is 405 and names those that it has. */
export function mountRoutes(routes: readonly Route[], options: MountOptions): Router {
  const router = express.Router({ caseSensitive: true });
  for (const [path, group] of Map.groupBy(routes, ({ spec }) => spec.path)) {
    for (const route of group) {
      const serve = createServe(route, options);
      router[route.spec.method](path, (request, response) => serve(request, response));
    }
    const allow = allowed(group);
    router.all(path, (request, response) => {
      if (request.method !== "OPTIONS") throw apiErrors.method_not_allowed({ fields: { allow } });
      response.status(204).set("Allow", allow.join(", ")).end();
    });
  }
  return router;
}

function allowed(group: readonly Route[]): string[] {
  const methods = group.map(({ spec }) => spec.method.toUpperCase());
  return [...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"].sort();
}

function createServe(route: Route, options: MountOptions): (request: Request, response: Response) => Promise<void> {
  const { clock, accessLog, admit, idempotency, chargeRequest } = options;
  const { spec } = route;
  const cursors = routeCursors(`${spec.method} ${spec.path}`, options.cursors);

  return async (request, response) => {
    const notes = accessLog.notes(response);
    notes.route = spec.path;
    if (spec.cache !== undefined) response.setHeader("Cache-Control", spec.cache);
    const principal = await admit(spec, request, response);
    const key = spec.idempotent ? idempotencyKeyOf(request.headers["idempotency-key"]) : null;
    const input = await readInput(spec, request);
    const { requestId } = notes;
    const run = (tx?: Tx, { work, resumed = false }: Partial<Attempt> = {}) => {
      const given = { ...input, principal, requestId, tx, work, resumed, cursors, request, response };
      // `readInput` read each member by the declaration that gave the handler its types; `admit` saw to the principal.
      return answerOf(route, given as RouteRequest);
    };
    const charge = async () => {
      if (spec.charge !== undefined && principal) await chargeRequest(spec.charge, principal);
    };
    if (key === null || principal === null) {
      await charge();
      const answer = await run();
      if (answer) send(response, answer);
      return;
    }
    const fingerprint = fingerprintOf(spec.method, request.originalUrl, input.body);
    const { replayed, ...answer } = await idempotency.once(
      { principal: ownerOf(principal), key, fingerprint },
      (attempt) =>
        decided(
          async () => {
            await charge();
            return spec.idempotent === "resumable" ? whole(await run(undefined, attempt)) : committed(run, attempt);
          },
          request,
          response,
        ),
    );
    if (replayed) response.setHeader("Idempotent-Replayed", "true");
    send(response, answer);
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
  async function decided(run: () => Promise<Answer>, request: Request, response: Response): Promise<Answer> {
    const notes = accessLog.notes(response);
    try {
      return await run();
    } catch (error) {
      const problem = problemOf(error, { instance: pathOf(request), requestId: notes.requestId });
      if (problem.status >= 500) throw error;
      notes.code = problem.code;
      response.set(problemHeaders(problem, clock));
      return { status: problem.status, body: JSON.stringify(problem) };
    }
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

function send(response: Response, { status, body }: Answer): void {
  response.status(status);
  if (body !== "") response.setHeader("Content-Type", status < 400 ? "application/json; charset=utf-8" : problemType);
  response.end(body);
}
