/** @revops/api: the HTTP API over the RevOps packages. A diff of this file is a diff of the public API. */
export { type Api, type ApiOptions, basePath, createApi } from "./api.ts";
export { guardConnections } from "./connections/connections.ts";
export type { DependencyCheck, DependencyState, Ping } from "./health/readiness.ts";
export type { MetricSource } from "./metrics/metrics.ts";
export { apiMigrations } from "./migrations.ts";
export type { OpenApiDocument } from "./openapi/documented.ts";
export type { RouteGroup } from "./openapi/tags.ts";
export type {
  DeliveryState,
  NewWebhookEndpoint,
  WebhookAttempt,
  WebhookDelivery,
  WebhookDeliveryDetails,
  WebhookEndpoint,
} from "./outgoing-webhooks/endpoint.ts";
export { tellCustomers, type WebhookEventType, webhookEventTypes } from "./outgoing-webhooks/event-types.ts";
export {
  createOutgoingWebhooks,
  type EndpointChanges,
  type EndpointOfSubject,
  type NewEndpoint,
  type OutgoingWebhooks,
  type OutgoingWebhooksOptions,
  type WebhookMessage,
} from "./outgoing-webhooks/outgoing-webhooks.ts";
export type { GivenServices } from "./package-routes.ts";
export { type ApiErrorCode, apiErrors } from "./problems/errors.ts";
export type { Problem } from "./problems/problem.ts";
export { type ProblemCode, type ProblemStatus, statuses } from "./problems/statuses.ts";
export type { BucketShape, Limiter, RateLimitStore } from "./rate-limits/limiter.ts";
export type { QueryPool } from "./rate-limits/postgres.ts";
export { postgresRateLimits, redisRateLimits } from "./rate-limits/stores.ts";
