/** Webhooks: verified, stored together with the job that processes them, and only then acknowledged. */
import { AsyncLocalStorage } from "node:async_hooks";
import { type Clock, dayMs, hourMs } from "@revops/core";
import type { Database } from "@revops/database";
import type { JobContext, Jobs } from "@revops/jobs";
import type Stripe from "stripe";
import { paymentsErrors } from "../errors.ts";
import type { Mirrors } from "../mirrors/mirrors.ts";
import type { Payments } from "../payments-interface.ts";
import type { Watermarks } from "../watermarks/watermarks.ts";
import { createBackfill } from "./backfill.ts";
import { createDeadLetters } from "./dead-letters.ts";
import { gathered } from "./gathered.ts";
import { targetOf, targetOfId } from "./handlers.ts";
import { outlineOf, tellsOfErasure } from "./outline.ts";
import { readSecrets, type VerifiedEvent, verifyEvent } from "./signature.ts";
import type { Inbox, NewEvent } from "./store.ts";

/** A group has events of several requests, and each job belongs to its own: see `Correlation`. */
interface Received {
  readonly event: NewEvent;
  readonly inItsRequest: <Result>(work: () => Result) => Result;
}

/** The job that applies a stored event; its depth and age are the lag of webhooks. */
export const webhookJobName = "payments.webhook";
/** How long what nobody could process is kept whole, for whoever looks into it: long after it is dead, within what the GDPR allows. */
const bodyKeptMs = 7 * dayMs;
/** With pauses that double to an hour: about nine hours, which outlasts most outages of Stripe's. */
const maxAttempts = 20;

export function createWebhooks(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly jobs: Jobs;
  readonly stripe: Stripe;
  readonly inbox: Inbox;
  readonly mirrors: Mirrors;
  readonly watermarks: Watermarks;
  /** As {@link readSecrets} gives them. */
  readonly secrets: readonly string[];
}): Payments["webhooks"] {
  const { database, clock, jobs, stripe, inbox, mirrors, watermarks, secrets } = options;

  async function process({ eventId }: { eventId: string }, context: JobContext): Promise<void> {
    const event = await inbox.find(database, eventId);
    if (event?.state !== "received") return;
    // Not from its body, which is not kept for as long as it may wait.
    const target = targetOfId(event.type, event.objectId);
    if (!target) throw new Error(`${event.type} without an object of ours was queued.`);
    await mirrors.sync(target, async (tx) => {
      await inbox.markProcessed(tx, event, clock.now());
      await context.complete(tx);
    });
  }
  jobs.handle(webhookJobName, process, { maxAttempts });

  function toStored({ id, type, created, object, body }: VerifiedEvent): NewEvent {
    const target = targetOf(type, object);
    const event = { id, type, objectId: target?.id ?? null, createdAt: created, receivedAt: clock.now() };
    const whole = target !== null && !tellsOfErasure({ type, object });
    return { ...event, body: whole ? body : outlineOf(event), state: target ? "received" : "ignored" };
  }

  /** The event and the job that processes it, in one transaction. Whether it was new. */
  const write = (received: readonly Received[]) =>
    database.transaction(async (tx) => {
      const fresh = await inbox.insert(
        tx,
        received.map(({ event }) => event),
      );
      // Of two with one id in a group, the first was new.
      const news = received.map(({ event }) => fresh.delete(event.id));
      for (const [index, { event, inItsRequest }] of received.entries()) {
        if (!news[index] || event.state !== "received") continue;
        const job = { name: webhookJobName, payload: { eventId: event.id } };
        await inItsRequest(() => jobs.enqueue(job, tx));
      }
      return news;
    });
  const storeGathered = gathered(write, database.dialect === "sqlite" ? 1 : 8);
  async function store(event: VerifiedEvent): Promise<boolean> {
    // The group's transaction would wait for the caller's, which waits for the group.
    database.assertOutside();
    return storeGathered({ event: toStored(event), inItsRequest: AsyncLocalStorage.snapshot() });
  }

  const backfill = createBackfill({ clock, stripe, watermarks, store });
  // At every start too, which is when an outage of ours ends.
  jobs.schedule("payments.webhooks.backfill", hourMs, async () => void (await backfill()));

  jobs.schedule("payments.webhooks.bodies", dayMs, () =>
    inbox.forgetBodies(database, { receivedBefore: new Date(clock.now().getTime() - bodyKeptMs) }),
  );

  return {
    async receive(rawBody, signature) {
      const event = verifyEvent(stripe, { rawBody, signature, secrets, now: clock.now() });
      return { eventId: event.id, duplicate: !(await store(event)) };
    },
    async counts() {
      const [counts, dead] = [await inbox.counts(database), await jobs.dead.count(webhookJobName)];
      return { ...counts, received: counts.received - dead, dead };
    },
    countsByType: () => inbox.countsByType(database),
    list: (request) => inbox.list(database, request),
    async get(eventId) {
      const event = await inbox.find(database, eventId);
      if (!event) throw paymentsErrors.webhook_event_not_found();
      return event;
    },
    backfill,
    dead: createDeadLetters({ database, jobs, inbox, name: webhookJobName }),
  };
}
