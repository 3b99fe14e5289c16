import type Stripe from "stripe";
import { apiVersion } from "../api-version.ts";
import { createIdentifier } from "../identifiers.ts";
import type { Handle } from "../store/database.ts";
import type { ObjectStore } from "../store/objects.ts";

export interface EmitInput {
  type: Stripe.Event.Type;
  object: object;
  previous?: object | undefined;
  /** Unix seconds: when it happened. */
  at: number;
  request: { id: string | null; idempotency_key: string | null };
  /** Milliseconds of real time: when deliveries are due. */
  dueAt: number;
}

/** Whether an endpoint is to get events of this type now. */
export function wants(endpoint: Stripe.WebhookEndpoint, type: string): boolean {
  return (
    endpoint.status === "enabled" && (endpoint.enabled_events.includes("*") || endpoint.enabled_events.includes(type))
  );
}

/** Stores an event and one pending delivery for each endpoint that wants it, in the caller's transaction. */
export function createEmitter(database: Handle, objects: ObjectStore): (input: EmitInput) => void {
  const addDelivery = database.prepare(
    "insert into deliveries (id, event, endpoint, state, due) values (?, ?, ?, 'pending', ?)",
  );
  return ({ type, object, previous, at, request, dueAt }) => {
    const event = objects.insert("event", {
      id: createIdentifier("evt"),
      object: "event",
      api_version: apiVersion,
      created: at,
      data: previous === undefined ? { object } : { object, previous_attributes: previous },
      livemode: false,
      pending_webhooks: 0,
      request,
      type,
    });
    let pending = 0;
    for (const endpoint of objects.all("webhook_endpoint")) {
      if (!wants(endpoint, type)) continue;
      addDelivery.run(createIdentifier("whd"), event.id, endpoint.id, dueAt);
      pending += 1;
    }
    if (pending > 0) objects.write("event", { ...event, pending_webhooks: pending });
  };
}
