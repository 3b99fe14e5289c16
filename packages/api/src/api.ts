/** The HTTP API put together: an Express application, its document, and a way to let it run dry. */
import type { RequestListener } from "node:http";
import { type Clock, type Logger, silentLogger, systemClock } from "@revops/core";
import { repeating } from "@revops/database";
import express, { type ErrorRequestHandler, type Express, type Router } from "express";
import { createAccessLog, pathOf } from "./access-log/access-log.ts";
import { createAccess } from "./credentials/access.ts";
import { createCursors } from "./cursors/cursors.ts";
import { derivedKey } from "./derived-key.ts";
import { createEdge, type Edge } from "./edge/edge.ts";
import { healthRoutes } from "./health/health.ts";
import type { DependencyCheck } from "./health/readiness.ts";
import { createIdempotency } from "./idempotency/idempotency.ts";
import { createSeal } from "./idempotency/seal.ts";
import { createMetrics, type MetricSource } from "./metrics/metrics.ts";
import { metricsPath, serveMetrics } from "./metrics/serve.ts";
import { docsAssets, docsRoute, leadToDocs } from "./openapi/docs.ts";
import { documentOf } from "./openapi/document.ts";
import type { OpenApiDocument } from "./openapi/documented.ts";
import { openApiRoute } from "./openapi/route.ts";
import { groupOf, type RouteGroup } from "./openapi/tags.ts";
import { type GivenServices, packageRoutes } from "./package-routes.ts";
import { apiErrors } from "./problems/errors.ts";
import { problemOf } from "./problems/problem.ts";
import { sendProblem } from "./problems/send.ts";
import { createChargeRequest } from "./quotas/charge-request.ts";
import type { RateLimitStore } from "./rate-limits/limiter.ts";
import { createRateLimits } from "./rate-limits/rate-limits.ts";
import { type AnswerProblem, type Mounted, mountRoutes } from "./routes/mount.ts";
import { standardStripeWaitMs, withPatience } from "./routes/patience.ts";
import type { Route } from "./routes/route.ts";
import { keySetPath, serveKeySet } from "./well-known/jwks.ts";

export interface ApiOptions extends Omit<GivenServices, "clock"> {
  readonly clock?: Clock;
  /** The groups of routes to serve; all of those whose packages are given, unless said otherwise. */
  readonly groups?: readonly RouteGroup[];
  /** Where the routes are, for the document: `/api/v1` unless said otherwise. */
  readonly basePath?: string;
  /** Gets one line for each request. */
  readonly logger?: Logger;
  /** At least 32 bytes, the same in every instance: signs cursors and seals kept answers. */
  readonly secret: string;
  /** Requests a minute for each credential or address; 0, the default, is off. */
  readonly rateLimitPerMinute?: number;
  /** Other limits for credentials of some tiers: `{ pro: 3_000 }`. */
  readonly rateLimitPerTier?: Readonly<Record<string, number>> | undefined;
  /** Where the buckets are: in the process unless it is {@link redisRateLimits} or {@link postgresRateLimits}. */
  readonly rateLimitStore?: RateLimitStore | undefined;
  /**
   * Milliseconds that a request waits for Stripe in all, 10,000 unless said otherwise; then the answer is 503
   * `stripe_unavailable`, what was begun goes on, and a repeat under the same `Idempotency-Key` finds it.
   */
  readonly stripeWaitMs?: number | undefined;
  /** Origins whose scripts may call: `https://app.example.com`. None unless said otherwise. */
  readonly corsOrigins?: readonly string[];
  /** Express' `trust proxy`: how many proxies stand in front and name the client's address. None unless said otherwise. */
  readonly trustProxy?: boolean | number;
  /** Figures that `/metrics` shows besides those of requests and of the process. */
  readonly metricSources?: readonly MetricSource[];
  /** What `/metrics` asks for as `Authorization: Bearer`; without it anyone who reaches the port may look. */
  readonly metricsToken?: string | undefined;
  /** What `/ready` asks besides the database. */
  readonly dependencies?: Readonly<Record<string, DependencyCheck>>;
}

export interface Api {
  /**
   * The routes alone, to be mounted in an application of one's own, before anything that reads bodies: what is not
   * theirs goes on to what comes next.
   */
  readonly router: Router;
  /** Serves {@link basePath}, `/metrics` and `/.well-known/jwks.json`; everything else is a 404 problem. */
  readonly app: Express;
  /**
   * The same for a server of one's own: most requests go straight to their route, the others to {@link Api.app}.
   * @example guardConnections(createServer({ requireHostHeader: false }, api.listener)).listen(3000);
   */
  readonly listener: RequestListener;
  /** OpenAPI 3.1 of the routes that are served. */
  readonly document: OpenApiDocument;
  /**
   * Turns `/ready` to 503 and lets connections end with their next answer. Requests are served as before.
   * @example
   * api.drain({ keepConnections: true }); // the load balancer looks at `/ready`, and sends its requests elsewhere
   * await setTimeout(2_000);
   * api.drain();
   * server.close();
   */
  drain(options?: { readonly keepConnections?: boolean }): void;
}

/** Where the routes are. */
export const basePath = "/api/v1";

const minSecretBytes = 32;

/**
 * Puts the HTTP API together: the routes of the packages that it is given. Apply `apiMigrations` to the database first.
 * @throws RangeError for a secret of less than 32 bytes, a rate limit that is no whole number, or a group without a route
 * @example
 * const { app } = createApi({ database, auth, saas, payments, marketplace, secret: process.env.API_SECRET });
 * app.listen(3000);
 * @example
 * // One group of routes in an application of one's own.
 * yours.use("/api/v1", createApi({ database, auth, secret, groups: ["auth"] }).router);
 */
export function createApi(options: ApiOptions): Api {
  const { clock = systemClock, logger = silentLogger, auth, saas, secret } = options;
  if (!options.database || !auth) throw new TypeError("createApi needs a database and auth.");
  if (Buffer.byteLength(secret) < minSecretBytes) throw new RangeError("The secret has at least 32 bytes.");
  const database = repeating(options.database);
  let draining = false;
  let closing = false;

  const served = [
    ...packageRoutes({ ...options, database, clock }),
    ...healthRoutes({
      dependencies: { database: () => database.ping(), ...options.dependencies },
      isDraining: () => draining,
    }),
    openApiRoute(() => document),
    docsRoute(),
  ];
  const { groups, payments, stripeWaitMs = standardStripeWaitMs } = options;
  for (const group of groups ?? []) assertServed(group, served);
  const chosen = groups ? served.filter(({ spec }) => groups.includes(groupOf(spec))) : served;
  const routes = payments ? chosen.map((route) => withPatience(route, payments, stripeWaitMs)) : chosen;
  const document = documentOf(routes, options.basePath ?? basePath);

  const metrics = createMetrics({ sources: options.metricSources ?? [] });
  const edge = createEdge({
    accessLog: createAccessLog({ clock, logger, observe: metrics.observeRequest }),
    corsOrigins: options.corsOrigins ?? [],
    isClosing: () => closing,
  });
  const rateLimits = createRateLimits({
    perMinute: options.rateLimitPerMinute ?? 0,
    perTier: options.rateLimitPerTier,
    store: options.rateLimitStore,
  });
  const answerProblem: AnswerProblem = (thrown, request, response, exchange) => {
    const { notes } = exchange;
    const problem = problemOf(thrown, { instance: pathOf(request), requestId: notes.requestId });
    notes.code = problem.code;
    // One that shuts down has not failed.
    if (problem.status >= 500 && problem.code !== "draining") notes.err = thrown;
    sendProblem(response, problem, exchange, clock);
  };
  const mounted = mountRoutes(routes, {
    clock,
    database,
    edge,
    admit: createAccess({ auth, rateLimits }),
    cursors: createCursors(derivedKey(secret, "cursors")),
    idempotency: createIdempotency({ database, clock, seal: createSeal(derivedKey(secret, "answers")) }),
    chargeRequest: saas ? createChargeRequest(saas, metrics.countVerdict) : async () => {},
    answerProblem,
  });
  // Express tells an error handler by its four parameters.
  const answerThrown: ErrorRequestHandler = (thrown: unknown, request, response, _next) =>
    answerProblem(thrown, request, response, edge.exchangeOf(response));

  const app = express();
  app.set("trust proxy", options.trustProxy ?? false);
  app.set("case sensitive routing", true);
  app.disable("x-powered-by");
  app.disable("etag");
  app.use(mounted.lane(basePath));
  app.use(edge.middleware);
  app.use(`${basePath}/docs/assets`, docsAssets());
  app.use(basePath, mounted.router);
  app.get(keySetPath, serveKeySet(auth));
  if (routes.some(({ spec }) => spec.path === "/docs")) app.get("/", leadToDocs(`${basePath}/docs`));
  app.get(metricsPath, serveMetrics(metrics, options.metricsToken));
  app.use(() => {
    throw apiErrors.not_found({ detail: "There is nothing at this path." });
  });
  app.use(answerThrown);
  const direct = mounted.direct(basePath, app.get("trust proxy fn"));

  return {
    listener: (request, response) => void (direct(request, response) || app(request, response)),
    router: createRouter({ routes, mounted, edge, answerThrown }),
    app,
    document,
    drain({ keepConnections = false } = {}) {
      draining = true;
      closing = !keepConnections;
    },
  };
}

/** A group that was misspelt, or whose package was not given, would be a service without an answer. */
function assertServed(group: RouteGroup, served: readonly Route[]): void {
  if (served.some(({ spec }) => groupOf(spec) === group)) return;
  const names = [...new Set(served.map(({ spec }) => groupOf(spec)))].join(", ");
  throw new RangeError(`groups: "${group}" has no routes here; with the packages that are given there are ${names}.`);
}

/** The routes for an application of one's own. Only what is ours goes through the edge: the rest is the application's. */
function createRouter(parts: {
  readonly routes: readonly Route[];
  readonly mounted: Mounted;
  readonly edge: Edge;
  readonly answerThrown: ErrorRequestHandler;
}): Router {
  const { edge, answerThrown } = parts;
  const router = express.Router({ caseSensitive: true });
  const paths = [...new Set(parts.routes.map(({ spec }) => spec.path))];
  router.use(parts.mounted.lane(""));
  if (paths.includes("/docs")) router.use("/docs/assets", docsAssets());
  if (paths.length > 0) router.all(paths, edge.middleware);
  router.use(parts.mounted.router);
  const answer: ErrorRequestHandler = (thrown, request, response, next) => {
    const answerIt = () => answerThrown(thrown, request, response, next);
    // A path of ours that cannot be decoded (`/%ff`) fails before any handler is asked.
    if (edge.knows(response)) answerIt();
    else edge.middleware(request, response, answerIt);
  };
  router.use(answer);
  return router;
}
