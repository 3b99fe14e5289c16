/** The HTTP API put together: an Express application, its document, and a way to let it run dry. */
import { type Clock, type Logger, silentLogger, systemClock } from "@revops/core";
import express, { type Express, type NextFunction, type Request, type Response } from "express";
import { createAccessLog, pathOf } from "./access-log/access-log.ts";
import { accountRoutes } from "./auth/account.ts";
import { auditRoutes } from "./auth/audit.ts";
import { emailRoutes } from "./auth/emails.ts";
import { identityRoutes } from "./auth/identities.ts";
import { keyRoutes } from "./auth/keys.ts";
import { oauthRoutes } from "./auth/oauth.ts";
import { passwordRoutes } from "./auth/passwords.ts";
import { signInRoutes } from "./auth/sign-in.ts";
import { invoiceRoutes } from "./billing/invoices.ts";
import { paymentMethodRoutes } from "./billing/payment-methods.ts";
import { pricingRoutes } from "./billing/pricing.ts";
import { subscriptionRoutes } from "./billing/subscription.ts";
import { usageRoutes } from "./billing/usage.ts";
import { usageHistoryRoutes } from "./billing/usage-history.ts";
import { createAccess } from "./credentials/access.ts";
import { createCursors } from "./cursors/cursors.ts";
import { derivedKey } from "./derived-key.ts";
import { healthRoutes } from "./health/health.ts";
import type { DependencyCheck } from "./health/readiness.ts";
import { createIdempotency } from "./idempotency/idempotency.ts";
import { createSeal } from "./idempotency/seal.ts";
import { downloadRoutes } from "./marketplace/download.ts";
import { packageRoutes } from "./marketplace/packages.ts";
import { createMetrics, type MetricSource } from "./metrics/metrics.ts";
import { metricsPath, serveMetrics } from "./metrics/serve.ts";
import { docsAssets, docsRoute } from "./openapi/docs.ts";
import { documentOf, type OpenApiDocument } from "./openapi/document.ts";
import { openApiRoute } from "./openapi/route.ts";
import { invitationRoutes } from "./organizations/invitations.ts";
import { memberRoutes } from "./organizations/members.ts";
import { organizationRoutes } from "./organizations/organizations.ts";
import type { OutgoingWebhooks } from "./outgoing-webhooks/outgoing-webhooks.ts";
import { webhookEndpointRoutes } from "./outgoing-webhooks/routes.ts";
import { apiErrors } from "./problems/errors.ts";
import { problemOf } from "./problems/problem.ts";
import { sendProblem } from "./problems/send.ts";
import { createChargeRequest } from "./quotas/charge-request.ts";
import { createRateLimits } from "./rate-limits/rate-limits.ts";
import type { RateLimitStore } from "./rate-limits/stores.ts";
import { mountRoutes } from "./routes/mount.ts";
import type { Route } from "./routes/route.ts";
import { crossOrigin, securityHeaders } from "./security/headers.ts";
import type { ApiServices } from "./services.ts";
import { tracing } from "./tracing/tracing.ts";
import { moneyRoutes } from "./webhooks/money.ts";
import { stripeWebhookRoutes } from "./webhooks/stripe.ts";
import { stripeInboxRoutes } from "./webhooks/stripe-inbox.ts";
import { keySetPath, serveKeySet } from "./well-known/jwks.ts";

export interface ApiOptions extends Omit<ApiServices, "clock"> {
  readonly clock?: Clock;
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
  /** Origins whose scripts may call: `https://app.example.com`. None unless said otherwise. */
  readonly corsOrigins?: readonly string[];
  /** Express' `trust proxy`: how many proxies stand in front and name the client's address. None unless said otherwise. */
  readonly trustProxy?: boolean | number;
  /** Lets customers have endpoints of their own told; without it there are no such routes. */
  readonly webhooks?: OutgoingWebhooks;
  /** Figures that `/metrics` shows besides those of requests and of the process. */
  readonly metricSources?: readonly MetricSource[];
  /** What `/metrics` asks for as `Authorization: Bearer`; without it anyone who reaches the port may look. */
  readonly metricsToken?: string | undefined;
  /** What `/ready` asks besides the database. */
  readonly dependencies?: Readonly<Record<string, DependencyCheck>>;
}

export interface Api {
  /** Serves {@link basePath}, `/metrics` and `/.well-known/jwks.json`; everything else is a 404 problem. */
  readonly app: Express;
  /** OpenAPI 3.1 of the routes that are served. */
  readonly document: OpenApiDocument;
  /** Turns `/ready` to 503 and lets connections end with their next answer. Requests are served as before. */
  drain(): void;
}

/** Where the routes are. */
export const basePath = "/api/v1";

const minSecretBytes = 32;

/**
 * Puts the HTTP API together. Apply `apiMigrations` to the database first.
 * @throws RangeError for a secret of less than 32 bytes or a rate limit that is no whole number
 * @example
 * const { app } = createApi({ database, auth, saas, payments, marketplace, secret: process.env.API_SECRET });
 * app.listen(3000);
 */
export function createApi(options: ApiOptions): Api {
  const { clock = systemClock, logger = silentLogger, database, secret } = options;
  if (Buffer.byteLength(secret) < minSecretBytes) throw new RangeError("The secret has at least 32 bytes.");
  let draining = false;

  const services: ApiServices = { ...options, clock };
  const routes: Route[] = [
    ...signInRoutes(services),
    ...accountRoutes(services),
    ...passwordRoutes(services),
    ...emailRoutes(services),
    ...oauthRoutes(services),
    ...identityRoutes(services),
    ...auditRoutes(services),
    ...keyRoutes(services),
    ...organizationRoutes(services),
    ...memberRoutes(services),
    ...invitationRoutes(services),
    ...packageRoutes(services),
    ...downloadRoutes(services),
    ...usageRoutes(services),
    ...usageHistoryRoutes(services),
    ...invoiceRoutes(services),
    ...subscriptionRoutes(services),
    ...paymentMethodRoutes(services),
    ...pricingRoutes(services),
    ...stripeWebhookRoutes(services),
    ...stripeInboxRoutes(services),
    ...moneyRoutes(services),
    ...(options.webhooks ? webhookEndpointRoutes(options.webhooks) : []),
    ...healthRoutes({
      dependencies: { database: () => database.ping(), ...options.dependencies },
      isDraining: () => draining,
    }),
    openApiRoute(() => document),
    docsRoute(),
  ];
  const document = documentOf(routes, basePath);

  const metrics = createMetrics({ sources: options.metricSources ?? [] });
  const accessLog = createAccessLog({ clock, logger, observe: metrics.observeRequest });
  const rateLimits = createRateLimits({
    perMinute: options.rateLimitPerMinute ?? 0,
    perTier: options.rateLimitPerTier,
    store: options.rateLimitStore,
  });
  const router = mountRoutes(routes, {
    clock,
    accessLog,
    admit: createAccess({ accessLog, auth: options.auth, rateLimits }),
    cursors: createCursors(derivedKey(secret, "cursors")),
    idempotency: createIdempotency({ database, clock, seal: createSeal(derivedKey(secret, "answers")) }),
    chargeRequest: createChargeRequest(options.saas, metrics.countVerdict),
  });

  const app = express();
  app.set("trust proxy", options.trustProxy ?? false);
  // Repeated parameters become arrays, which no schema takes; nested ones are names that no schema knows.
  app.set("query parser", "simple");
  app.set("case sensitive routing", true);
  app.disable("x-powered-by");
  app.disable("etag");
  app.use(accessLog.middleware, tracing(accessLog), securityHeaders(), neverStored);
  if (options.corsOrigins?.length) app.use(crossOrigin(options.corsOrigins));
  app.use((_request, response, next) => {
    if (draining) response.setHeader("Connection", "close");
    next();
  });
  app.use(`${basePath}/docs/assets`, docsAssets());
  app.use(basePath, router);
  app.get(keySetPath, serveKeySet(options.auth));
  app.get(metricsPath, serveMetrics(metrics, options.metricsToken));
  app.use(() => {
    throw apiErrors.not_found({ detail: "There is nothing at this path." });
  });
  // Express tells an error handler by its four parameters.
  app.use((thrown: unknown, request: Request, response: Response, _next: NextFunction) => {
    const notes = accessLog.notes(response);
    const problem = problemOf(thrown, { instance: pathOf(request), requestId: notes.requestId });
    notes.code = problem.code;
    if (problem.status >= 500) notes.err = thrown;
    sendProblem(response, problem, clock);
  });

  return {
    app,
    document,
    drain() {
      draining = true;
    },
  };
}

/** Unless its route says otherwise, no answer is kept by anyone on its way, problems included. */
function neverStored(_request: Request, response: Response, next: NextFunction): void {
  response.setHeader("Cache-Control", "no-store");
  next();
}
