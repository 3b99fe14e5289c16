import { systemTime } from "../clock/system-time.ts";
import { createIdentifier } from "../identifiers.ts";
import type { Handle } from "../store/database.ts";
import type { ObjectStore } from "../store/objects.ts";
import { waitBeforeRetry } from "./delivery-backoff.ts";
import { wants } from "./events.ts";
import { signPayload } from "./signature.ts";

interface Delivery {
  id: string;
  event: string;
  endpoint: string;
  state: "pending" | "delivered" | "failed";
  attempts: number;
  due: number;
  status: number | null;
  error: string | null;
}
interface DeliveryAttempt {
  delivery: string;
  attempt: number;
  at: number;
  status: number | null;
  error: string | null;
  milliseconds: number;
}
export interface Deliveries {
  /** Looks for due deliveries now; called after each commit that may have made some. */
  wake(): void;
  /** Resolves when every delivery that is due has been attempted and answered. */
  settle(): Promise<void>;
  /** Sends an event once more to each endpoint that wants it. */
  resend(eventId: string): void;
  list(limit: number): Delivery[];
  attempts(limit: number): DeliveryAttempt[];
  /** Ends after the attempts under way. */
  close(): Promise<void>;
}
export interface DeliveriesOptions {
  database: Handle;
  /** Those of all accounts. */
  objects: ObjectStore;
  /** Unix seconds on the emulator's clock: what a signature is dated with. */
  now(): number;
  onFailure(delivery: Delivery, reason: string): void;
}

/** Attempts under way at once; started in the order of events, though like Stripe's they may arrive in another. */
const concurrency = 4;
/** How long an endpoint may take to answer. */
const timeoutMilliseconds = 10_000;

/** The outbox of webhooks. Rows are written by the emitter in the transaction of the change; this sends them and keeps a log. */
export function createDeliveries({ database, objects, now, onFailure }: DeliveriesOptions): Deliveries {
  const dueNow = database.prepare<[number, number], Delivery>(
    "select id, event, endpoint, state, attempts, due, status, error from deliveries where state = 'pending' and due <= ? order by sequence limit ?",
  );
  const nextDue = database.prepare<[], { due: number | null }>(
    "select min(due) as due from deliveries where state = 'pending'",
  );
  const finish = database.prepare(
    "update deliveries set state = ?, attempts = ?, due = ?, status = ?, error = ? where id = ?",
  );
  const log = database.prepare(
    "insert into delivery_attempts (delivery, attempt, at, status, error, milliseconds) values (?, ?, ?, ?, ?, ?)",
  );
  const countPending = database.prepare<[string], { count: number }>(
    "select count(*) as count from deliveries where event = ? and state = 'pending'",
  );
  const addDelivery = database.prepare(
    "insert into deliveries (id, event, endpoint, state, due) values (?, ?, ?, 'pending', ?)",
  );
  const running = new Map<string, Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const record = database.transaction(
    (delivery: Delivery, startedAt: number, status: number | null, error: string | null) => {
      const attempts = delivery.attempts + 1;
      const delivered = status !== null && status >= 200 && status < 300;
      const wait = waitBeforeRetry(attempts);
      const state = delivered ? "delivered" : wait === undefined ? "failed" : "pending";
      finish.run(state, attempts, systemTime() + (delivered ? 0 : (wait ?? 0)), status, error, delivery.id);
      log.run(delivery.id, attempts, startedAt, status, error, systemTime() - startedAt);
      const event = objects.find("event", delivery.event);
      if (event !== undefined)
        objects.write("event", { ...event, pending_webhooks: countPending.get(event.id)?.count ?? 0 });
    },
  );

  const again = database.transaction((eventId: string) => {
    const event = objects.find("event", eventId);
    if (event === undefined) return;
    for (const endpoint of objects.all("webhook_endpoint")) {
      if (wants(endpoint, event)) addDelivery.run(createIdentifier("whd"), eventId, endpoint.id, systemTime());
    }
    objects.write("event", { ...event, pending_webhooks: countPending.get(eventId)?.count ?? 0 });
  });

  async function attempt(delivery: Delivery): Promise<void> {
    const startedAt = systemTime();
    const endpoint = objects.find("webhook_endpoint", delivery.endpoint);
    const event = objects.find("event", delivery.event);
    if (endpoint === undefined || event === undefined) {
      finish.run("failed", delivery.attempts, startedAt, null, "The endpoint or the event is gone.", delivery.id);
      return;
    }
    const payload = JSON.stringify(event, null, 2);
    let status: number | null = null;
    let error: string | null = null;
    try {
      const response = await fetch(endpoint.url, {
        method: "POST",
        headers: {
          "content-type": "application/json; charset=utf-8",
          "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
          "stripe-signature": signPayload(payload, objects.hidden(endpoint.id) ?? "", now()),
        },
        body: payload,
        redirect: "manual",
        signal: AbortSignal.timeout(timeoutMilliseconds),
      });
      await response.arrayBuffer();
      status = response.status;
      if (!response.ok) error = `HTTP ${status}`;
    } catch (failure) {
      const cause = failure instanceof Error && failure.cause instanceof Error ? failure.cause : failure;
      error = cause instanceof Error ? cause.message || cause.name : String(cause);
    }
    if (!database.open) return;
    record.immediate(delivery, startedAt, status, error);
    if (error !== null) onFailure(delivery, error);
  }

  function pump(): void {
    if (closed) return;
    for (const delivery of dueNow.all(systemTime(), running.size + concurrency)) {
      if (running.size >= concurrency) break;
      if (running.has(delivery.id)) continue;
      const done = attempt(delivery).finally(() => {
        running.delete(delivery.id);
        pump();
      });
      running.set(delivery.id, done);
    }
    schedule();
  }

  /** One timer for the earliest retry; while attempts run, their end pumps again. */
  function schedule(): void {
    clearTimeout(timer);
    if (closed || running.size > 0) return;
    const due = nextDue.get()?.due;
    if (due === null || due === undefined) return;
    timer = setTimeout(pump, Math.min(Math.max(0, due - systemTime()), 60_000));
    timer.unref();
  }

  return {
    wake: pump,
    async settle() {
      pump();
      while (running.size > 0) {
        await Promise.race(running.values());
        pump();
      }
    },
    resend(eventId) {
      again.immediate(eventId);
      pump();
    },
    list: (limit) =>
      database
        .prepare<[number], Delivery>(
          "select id, event, endpoint, state, attempts, due, status, error from deliveries order by sequence desc limit ?",
        )
        .all(limit),
    attempts: (limit) =>
      database
        .prepare<[number], DeliveryAttempt>("select * from delivery_attempts order by at desc limit ?")
        .all(limit),
    async close() {
      closed = true;
      clearTimeout(timer);
      await Promise.allSettled(running.values());
    },
  };
}
