/** @revops/payments/express: Express middleware. A diff of this file is a diff of the public API. */
export { type WebhookRouterOptions, webhookRouter } from "./webhook-router.ts";
