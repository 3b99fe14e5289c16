/**
 * What is kept of an event for good. Bodies name people (their addresses, what they changed them from, whom goods are sent to),
 * and one who is erased must not live on in them. They are hints that nobody looks at again: who wants to see one whole asks
 * Stripe, which keeps it for 30 days.
 */
import { secondMs } from "@revops/core";
import type { VerifiedEvent } from "./signature.ts";
import type { WebhookEvent } from "./webhook.ts";

/** An event in Stripe's form, as text, without what it is about. */
export function outlineOf({ id, type, createdAt }: Pick<WebhookEvent, "id" | "type" | "createdAt">): string {
  return JSON.stringify({ id, object: "event", type, created: Math.floor(createdAt.getTime() / secondMs) });
}

/** Whether an event tells that a customer has no address any more, or is gone. What was erased is in it, as what was before. */
export function tellsOfErasure({ type, object }: Pick<VerifiedEvent, "type" | "object">): boolean {
  return type === "customer.deleted" || (type === "customer.updated" && !object["email"]);
}
