import { createHmac } from "node:crypto";

/**
 * The `Stripe-Signature` header of a payload: HMAC-SHA256 of `<timestamp>.<payload>` with the endpoint's whole secret.
 * Source: https://docs.stripe.com/webhooks#verify-manually
 */
export function signPayload(payload: string, secret: string, timestamp: number): string {
  const signature = createHmac("sha256", secret).update(`${timestamp}.${payload}`, "utf8").digest("hex");
  return `t=${timestamp},v1=${signature}`;
}
