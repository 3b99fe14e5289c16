/** A repeat of a request gets the first answer again, and the work is done once. */
import { type Clock, dayMs, hourMs, randomToken, secondMs, systemClock } from "@revops/core";
import type { Database } from "@revops/database";
import { apiErrors } from "../problems/errors.ts";
import type { Seal } from "./seal.ts";
import { createIdempotencyStore, type KeyOwner } from "./store.ts";

/** An answer as it goes out. */
export interface Answer {
  readonly status: number;
  /** JSON, or nothing at all. */
  readonly body: string;
}

export interface IdempotentRequest extends KeyOwner {
  /** The same for the same request: see `fingerprint.ts`. */
  readonly fingerprint: string;
}

export interface Idempotency {
  /**
   * Runs `work` once per principal and key, and answers repeats with its first answer.
   * @throws `idempotency_key_reused` for another request under the same key; `idempotency_in_progress` while the first is
   *   running; `idempotency_answer_lost` when the first answer was sealed with another secret
   */
  once(request: IdempotentRequest, work: () => Promise<Answer>): Promise<Answer & { replayed: boolean }>;
  /** Removes the keys that were kept long enough, and says how many. {@link Idempotency.once} does so hourly. */
  removeExpired(): Promise<number>;
}

export interface IdempotencyOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly seal: Seal;
  /** How long a crashed process keeps its keys; a living one extends. */
  readonly leaseMs?: number;
}

/** An hour above the 24 that the contract promises, so that clocks which differ a little keep it too. */
const keptMs = dayMs + hourMs;

export function createIdempotency({ database, clock, seal, leaseMs = 30 * secondMs }: IdempotencyOptions): Idempotency {
  const store = createIdempotencyStore(database);
  // Leases live by the machine's clock, keys by the product's: a virtual clock may jump past a lease while work is running.
  const machineNow = () => systemClock.now().getTime();

  let sweptAt = Number.NEGATIVE_INFINITY;

  /** Rides on requests, so that nothing has to be started or stopped. A failure costs nothing: the next hour tries again. */
  function sweepHourly(): void {
    if (machineNow() - sweptAt < hourMs) return;
    sweptAt = machineNow();
    store.removeExpired(clock.now(), machineNow()).catch(() => undefined);
  }

  async function claim(request: IdempotentRequest): Promise<string | null> {
    const leaseToken = randomToken(16);
    const now = clock.now();
    const expiresAt = new Date(now.getTime() + keptMs);
    const wanted = { ...request, leaseToken, leasedUntil: machineNow() + leaseMs, expiresAt };
    if (await store.insert(wanted)) return leaseToken;
    return (await store.takeOver(wanted, now, machineNow())) ? leaseToken : null;
  }

  async function firstAnswer(request: IdempotentRequest): Promise<Answer & { replayed: true }> {
    const kept = await store.find(request);
    if (kept && kept.fingerprint !== request.fingerprint) throw apiErrors.idempotency_key_reused();
    // Absent: the first has just failed in a way that is not kept; its repeat may try again.
    if (!kept || kept.status === null || kept.answer === null) throw apiErrors.idempotency_in_progress();
    const body = seal.open(kept.answer, bound(request));
    if (body === null) throw apiErrors.idempotency_answer_lost();
    return { status: kept.status, body, replayed: true };
  }

  async function work(request: IdempotentRequest, leaseToken: string, run: () => Promise<Answer>): Promise<Answer> {
    const beat = setInterval(() => {
      // A lost beat shortens the lease; the next one is a third of it away.
      store.extend(request, leaseToken, machineNow() + leaseMs).catch(() => undefined);
    }, leaseMs / 3);
    beat.unref();
    try {
      const answer = await run();
      if (isKept(answer)) await store.keep(request, leaseToken, answer.status, seal.close(answer.body, bound(request)));
      else await store.release(request, leaseToken);
      return answer;
    } catch (error) {
      await store.release(request, leaseToken);
      throw error;
    } finally {
      clearInterval(beat);
    }
  }

  return {
    async once(request, run) {
      sweepHourly();
      const leaseToken = await claim(request);
      if (leaseToken === null) return firstAnswer(request);
      return { ...(await work(request, leaseToken, run)), replayed: false };
    },
    removeExpired: () => store.removeExpired(clock.now(), machineNow()),
  };
}

/** "Not like this" (400, 401, 422) and "not now" (429). */
const notDecided = [400, 401, 422, 429];

/**
 * Whether a repeat shall see this answer: what was decided, yes; what was not, or failed on our side (5xx), no, since a
 * repeat is how the client gets on.
 */
function isKept({ status }: Answer): boolean {
  return status < 500 && !notDecided.includes(status);
}

const bound = ({ principal, key }: KeyOwner) => `${principal}\n${key}`;
