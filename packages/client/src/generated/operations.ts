/** Generated from the OpenAPI document: `node --conditions=source scripts/generate-client.mjs`. */

/** Operations that take an `Idempotency-Key`, and so may be sent again when an answer was lost. */
export const idempotentOperations: ReadonlySet<string> = new Set([
  "DELETE /billing/payment-methods/{id}",
  "DELETE /billing/subscription",
  "DELETE /organizations/{id}",
  "DELETE /organizations/{id}/invitations/{invitationId}",
  "DELETE /organizations/{id}/members/{userId}",
  "POST /auth/keys",
  "POST /auth/keys/{id}/revoke",
  "POST /auth/keys/{id}/rotate",
  "POST /billing/checkout",
  "POST /billing/payment-methods",
  "POST /billing/payment-methods/{id}/default",
  "POST /billing/portal",
  "POST /billing/usage",
  "POST /marketplace/packages/{id}/purchase",
  "POST /organizations",
  "POST /organizations/{id}/invitations",
  "POST /organizations/{id}/transfer",
  "POST /webhooks/endpoints",
  "POST /webhooks/endpoints/{id}/rotate",
  "PUT /billing/subscription",
]);
