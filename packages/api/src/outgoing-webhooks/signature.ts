/** Signs messages as Standard Webhooks says: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
import { randomBytes } from "node:crypto";
import { Webhook } from "standardwebhooks";

/** 256 bits; the specification asks for 24 to 64 bytes. */
export const createSigningSecret = (): string => `whsec_${randomBytes(32).toString("base64")}`;

/**
 * The header fields of a message. During a rotation it is signed with both secrets, so that a receiver may take the new
 * one in whenever it likes.
 */
export function signedHeaders(
  message: { readonly id: string; readonly body: string; readonly at: Date },
  secrets: readonly string[],
): Record<string, string> {
  return {
    "content-type": "application/json",
    "user-agent": "RevOps-Webhooks/1",
    "webhook-id": message.id,
    "webhook-timestamp": String(Math.floor(message.at.getTime() / 1000)),
    "webhook-signature": secrets
      .map((secret) => new Webhook(secret).sign(message.id, message.at, message.body))
      .join(" "),
  };
}
