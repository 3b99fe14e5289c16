/** Webhooks: verified, stored together with the job that processes them, and only then acknowledged. */
import type { Clock } from "@revops/core";
import type { Database } from "@revops/database";
import type { JobContext, Jobs } from "@revops/jobs";
import type Stripe from "stripe";
import { paymentsErrors } from "../errors.ts";
import type { Mirrors } from "../mirrors/mirrors.ts";
import { targetOf } from "./handlers.ts";
import { isRecord, verifyEvent } from "./signature.ts";
import { createInbox } from "./store.ts";
import type { ReceivedWebhook, WebhookCounts } from "./webhook.ts";

export interface Webhooks {
  receive(rawBody: Uint8Array, signature: string | readonly string[] | undefined): Promise<ReceivedWebhook>;
  counts(): Promise<WebhookCounts>;
}

/** The job that applies a stored event; its depth and age are the lag of webhooks. */
export const webhookJobName = "payments.webhook";

/** @throws `stripe_misconfigured` for a blank secret, with which anyone could sign */
export function createWebhooks(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly jobs: Jobs;
  readonly stripe: Stripe;
  readonly mirrors: Mirrors;
  readonly secret: string;
}): Webhooks {
  const { database, clock, jobs, stripe, mirrors, secret } = options;
  if (secret.trim() === "") throw paymentsErrors.stripe_misconfigured({ detail: "The webhook secret is empty." });
  const inbox = createInbox(database);

  async function process({ eventId }: { eventId: string }, context: JobContext): Promise<void> {
    const event = await inbox.find(database, eventId);
    if (event?.state !== "received") return;
    const payload: unknown = JSON.parse(event.body);
    const data = isRecord(payload) && isRecord(payload["data"]) ? payload["data"]["object"] : null;
    const target = isRecord(data) ? targetOf(event.type, data) : null;
    if (!target) throw new Error(`${event.type} without an object of ours was queued.`);
    await mirrors.sync(target, async (tx) => {
      await inbox.markProcessed(tx, eventId, clock.now());
      await context.complete(tx);
    });
  }
  jobs.handle(webhookJobName, process);

  return {
    async receive(rawBody, signature) {
      const now = clock.now();
      const { id, type, created, object, body } = verifyEvent(stripe, { rawBody, signature, secret, now });
      const target = targetOf(type, object);
      const stored = await database.transaction(async (tx) => {
        const state = target ? ("received" as const) : ("ignored" as const);
        const event = { id, type, objectId: target?.id ?? null, body, state, createdAt: created, receivedAt: now };
        const fresh = await inbox.insert(tx, event);
        if (fresh && target) await jobs.enqueue({ name: webhookJobName, payload: { eventId: id } }, tx);
        return fresh;
      });
      return { eventId: id, duplicate: !stored };
    },
    counts: () => inbox.counts(database),
  };
}
