/** Sends what waits for an endpoint, oldest first, one at a time: a message overtakes none that may still arrive. */
import { type Clock, createId, dayMs, type Logger, randomToken, secondMs, systemClock } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import type { Jobs } from "@revops/jobs";
import { retryPauseMs } from "./backoff.ts";
import type { Post, PostResult } from "./post.ts";
import { signedHeaders } from "./signature.ts";
import type { DueDelivery, Outcome, StoredEndpoint, WebhookStore } from "./store.ts";

/** Runs the queue of one endpoint. */
const deliveryJob = "api.webhook-delivery";
/** Sends one message again, out of turn. */
export const resendJob = "api.webhook-resend";

/** Longer than a request may take, so that whoever holds a lease and lives is never taken for dead. */
const leaseMs = 60 * secondMs;
/** Somebody else is sending: they may have looked just before our message came. */
const lookAgainMs = secondMs;
/** After that long without a success, and a message given up, an endpoint is turned off. */
const unhealthyMs = 5 * dayMs;

export interface DeliveringOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly jobs: Jobs;
  readonly logger: Logger;
  readonly store: WebhookStore;
  readonly post: Post;
  /** The secrets that sign now; empty when they cannot be opened. */
  readonly secretsOf: (endpoint: StoredEndpoint) => readonly string[];
}

export function registerDelivering(options: DeliveringOptions): void {
  const { database, clock, jobs, logger, store, post, secretsOf } = options;

  async function attempt(endpoint: StoredEndpoint, delivery: DueDelivery): Promise<PostResult> {
    const secrets = secretsOf(endpoint);
    // Sealed with another secret than this server has: an unsigned message would be worse than none.
    if (secrets.length === 0) return { status: null, error: "secret_lost", durationMs: 0 };
    const { messageId: id, body } = delivery;
    return post(endpoint.url, signedHeaders({ id, body, at: clock.now() }, secrets), body);
  }

  async function record(endpoint: StoredEndpoint, delivery: DueDelivery, result: PostResult, outcome: Outcome | null) {
    const at = clock.now();
    await database.transaction(async (tx) => {
      await store.recordAttempt(tx, { id: createId("wha", at), deliveryId: delivery.id, at, ...result }, outcome);
      if (result.error === null) await store.markHealthy(tx, endpoint.id, at);
      else if (outcome?.state === "failed") {
        const off = await store.disable(tx, endpoint.id, new Date(at.getTime() - unhealthyMs));
        if (off)
          logger.warn({ endpointId: endpoint.id }, "a webhook endpoint was turned off: nothing arrived for days");
      }
    });
  }

  function after(delivery: DueDelivery, { error }: PostResult): Outcome {
    const attempts = delivery.attempts + 1;
    if (error === null) return { state: "delivered", nextAttemptAt: null };
    const pause = retryPauseMs(attempts, Math.random());
    if (pause === null) return { state: "failed", nextAttemptAt: null };
    return { state: "pending", nextAttemptAt: new Date(clock.now().getTime() + pause) };
  }

  /** Sends until there is nothing left, or something has to wait; answers until when. */
  async function drain(endpointId: string, leaseToken: string): Promise<Date | null> {
    for (;;) {
      const machineNow = systemClock.now().getTime();
      if (!(await store.lease(endpointId, leaseToken, machineNow, machineNow + leaseMs))) {
        return (await store.readEndpoint(endpointId)) ? new Date(clock.now().getTime() + lookAgainMs) : null;
      }
      const endpoint = await store.readEndpoint(endpointId);
      const next = await store.nextDelivery(endpointId);
      // What waits for one that is turned off is sent when it is turned on again.
      if (!endpoint?.enabled || !next) return null;
      if (next.nextAttemptAt && next.nextAttemptAt > clock.now()) return next.nextAttemptAt;
      const result = await attempt(endpoint, next);
      await record(endpoint, next, result, after(next, result));
    }
  }

  async function deliver({ endpointId }: { endpointId: string }): Promise<void> {
    const leaseToken = randomToken(12);
    let until: Date | null;
    try {
      until = await drain(endpointId, leaseToken);
    } finally {
      await store.release(endpointId, leaseToken);
    }
    if (until) await enqueueDelivery(jobs, endpointId, { runAt: until });
    // Whoever committed between our last look and the release was told that we are at it.
    else if (await hasDue(endpointId)) await enqueueDelivery(jobs, endpointId, {});
  }

  async function hasDue(endpointId: string): Promise<boolean> {
    const [endpoint, next] = [await store.readEndpoint(endpointId), await store.nextDelivery(endpointId)];
    return endpoint?.enabled === true && next !== undefined;
  }

  async function resend({ deliveryId }: { deliveryId: string }): Promise<void> {
    const delivery = await store.findDelivery(deliveryId);
    if (!delivery) return;
    const { endpointId } = delivery;
    const leaseToken = randomToken(12);
    const machineNow = systemClock.now().getTime();
    if (!(await store.lease(endpointId, leaseToken, machineNow, machineNow + leaseMs))) {
      // One at a time, this too: else whoever asks for many would have so many requests under way.
      const again = { name: resendJob, payload: { deliveryId }, dedupeKey: deliveryId };
      const runAt = new Date(clock.now().getTime() + lookAgainMs);
      if (await store.readEndpoint(endpointId)) await jobs.enqueue({ ...again, runAt });
      return;
    }
    try {
      const endpoint = await store.readEndpoint(endpointId);
      if (!endpoint) return;
      const result = await attempt(endpoint, delivery);
      // A try out of turn that fails decides nothing: the queue goes on as if it had not been.
      await record(
        endpoint,
        delivery,
        result,
        result.error === null ? { state: "delivered", nextAttemptAt: null } : null,
      );
    } finally {
      await store.release(endpointId, leaseToken);
    }
  }

  // Customers' servers answer when they like; what else there is to do does not wait for them.
  jobs.handle(deliveryJob, deliver, { apart: true });
  jobs.handle(resendJob, resend, { apart: true });
}

/**
 * Has the queue of an endpoint looked after: now, in the transaction of a message, or at a later time.
 * A look for a message has no key: one that waits already could run before the message's transaction commits, and would
 * then have looked too early. Looks for the same later second are one.
 */
export async function enqueueDelivery(
  jobs: Pick<Jobs, "enqueue">,
  endpointId: string,
  { runAt, tx }: { readonly runAt?: Date; readonly tx?: Tx },
): Promise<void> {
  const job = { name: deliveryJob, payload: { endpointId } };
  if (!runAt) {
    await jobs.enqueue(job, tx);
    return;
  }
  const second = Math.ceil(runAt.getTime() / secondMs) * secondMs;
  await jobs.enqueue({ ...job, runAt: new Date(second), dedupeKey: `${endpointId} ${second}` }, tx);
}
