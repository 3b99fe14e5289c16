import type Stripe from "stripe";
import { apiVersion } from "../api-version.ts";
import type { FaultSource } from "../faults/faults.ts";
import { createIdentifier } from "../identifiers.ts";
import type { Handle } from "../store/database.ts";
import type { WebhookEndpoint } from "../store/kinds.ts";
import type { AccountStores } from "../store/objects.ts";

export interface EmitInput {
  /** The connected account in which it happened, the empty name for the platform's own. */
  account: string;
  type: Stripe.Event.Type;
  object: object;
  previous?: object | undefined;
  /** Unix seconds: when it happened. */
  at: number;
  request: { id: string | null; idempotency_key: string | null };
  /** Milliseconds of real time: when deliveries are due. */
  dueAt: number;
}

/**
 * Whether an endpoint is to get this event now. Those of connected accounts go to Connect endpoints, and nothing else does.
 * Source: https://docs.stripe.com/connect/webhooks
 */
export function wants(endpoint: WebhookEndpoint, event: { type: string; account?: string }): boolean {
  if (endpoint.status !== "enabled" || (endpoint.connect === true) !== (event.account !== undefined)) return false;
  return endpoint.enabled_events.includes("*") || endpoint.enabled_events.includes(event.type);
}

/** Stores an event and one pending delivery for each endpoint that wants it, in the caller's transaction. */
export function createEmitter(
  database: Handle,
  stores: AccountStores,
  faults: FaultSource,
): (input: EmitInput) => void {
  const addDelivery = database.prepare(
    "insert into deliveries (id, event, endpoint, state, due, error) values (?, ?, ?, ?, ?, ?)",
  );
  return ({ account, type, object, previous, at, request, dueAt }) => {
    const objects = stores.of(account);
    const event = objects.insert("event", {
      id: createIdentifier("evt"),
      object: "event",
      ...(account === "" ? {} : { account }),
      api_version: apiVersion,
      created: faults.second(type, at),
      data: previous === undefined ? { object } : { object, previous_attributes: previous },
      livemode: false,
      pending_webhooks: 0,
      request,
      type,
    });
    let pending = 0;
    for (const endpoint of stores.of("").all("webhook_endpoint")) {
      if (!wants(endpoint, event)) continue;
      const { copies, delayMilliseconds, dropped } = faults.ofDelivery(type);
      for (let copy = 0; copy < copies; copy++) {
        const id = createIdentifier("whd");
        if (dropped) addDelivery.run(id, event.id, endpoint.id, "failed", dueAt, "Dropped by a fault.");
        else addDelivery.run(id, event.id, endpoint.id, "pending", dueAt + delayMilliseconds, null);
      }
      if (!dropped) pending += copies;
    }
    if (pending > 0) objects.write("event", { ...event, pending_webhooks: pending });
  };
}
