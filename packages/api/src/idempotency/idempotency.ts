/** A repeat of a request gets the first answer again, and the work is done once. */
import { type Clock, createId, dayMs, hourMs, randomToken, secondMs, systemClock } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import { apiErrors } from "../problems/errors.ts";
import type { Seal } from "./seal.ts";
import { createIdempotencyStore, type KeyOwner } from "./store.ts";

/** An answer as it goes out. */
export interface Answer {
  readonly status: number;
  /** JSON, or nothing at all. */
  readonly body: string;
  /** How many bytes that is, where it was written before. */
  readonly length?: number;
}

interface IdempotentRequest extends KeyOwner {
  /** The same for the same request: see `fingerprint.ts`. */
  readonly fingerprint: string;
}

/** One try at the work of a request. */
export interface Attempt {
  /**
   * Names the work, the same at every try: what is stored under it is found again by a try after a crash. Sortable by when
   * the first try began.
   */
  readonly work: string;
  /** Whether a try before this one died, or failed without a decision: what it did may be there. */
  readonly resumed: boolean;
  /**
   * Keeps the answer in the transaction of the work, so that both commit or neither.
   * @throws `idempotency_in_progress` when the lease was lost to another try, so that the work is taken back
   */
  keep(tx: Tx, answer: Answer): Promise<void>;
}

export interface Idempotency {
  /**
   * Runs `work` once per principal and key, and answers repeats with its first answer. An answer that the work did not keep
   * itself is kept afterwards; after a crash between the two, a repeat runs `work` again, as the same {@link Attempt.work}.
   * @throws `idempotency_key_reused` for another request under the same key; `idempotency_in_progress` while the first is
   *   running; `idempotency_answer_lost` when the first answer was sealed with another secret
   */
  once(
    request: IdempotentRequest,
    work: (attempt: Attempt) => Promise<Answer>,
  ): Promise<Answer & { replayed: boolean }>;
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

type Work = Parameters<Idempotency["once"]>[1];

interface Claim extends Pick<Attempt, "work" | "resumed"> {
  readonly leaseToken: string;
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

  async function claim(request: IdempotentRequest): Promise<Claim | null> {
    const leaseToken = randomToken(16);
    const now = clock.now();
    const expiresAt = new Date(now.getTime() + keptMs);
    const wanted = {
      ...request,
      leaseToken,
      work: createId("wrk", now),
      leasedUntil: machineNow() + leaseMs,
      expiresAt,
    };
    if (await store.insert(wanted)) return { leaseToken, work: wanted.work, resumed: false };
    const left = await store.resume(wanted, machineNow());
    if (left !== null) return { leaseToken, work: left, resumed: true };
    const work = await store.reuse(wanted, now, machineNow());
    return work === null ? null : { leaseToken, work, resumed: false };
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

  async function attempt(request: IdempotentRequest, claim: Claim, run: Work): Promise<Answer> {
    const { leaseToken, work, resumed } = claim;
    const beat = setInterval(() => {
      // A lost beat shortens the lease; the next one is a third of it away.
      store.extend(request, leaseToken, machineNow() + leaseMs).catch(() => undefined);
    }, leaseMs / 3);
    beat.unref();
    const sealed = ({ status, body }: Answer) => ({ status, answer: seal.close(body, bound(request)) });
    let kept = false;
    const keep = async (tx: Tx, answer: Answer) => {
      if (!(await store.keep(request, leaseToken, sealed(answer), tx))) throw apiErrors.idempotency_in_progress();
      tx.afterCommit(() => {
        kept = true;
      });
    };
    try {
      const answer = await run({ work, resumed, keep });
      if (kept) return answer;
      // What was done is done, whatever becomes of keeping its answer: then the lease runs out, and a repeat goes on with it.
      if (isKept(answer)) await store.keep(request, leaseToken, sealed(answer)).catch(() => undefined);
      // What a try before did may be there: only under the same name does the next one find it.
      else if (resumed) await store.leave(request, leaseToken).catch(() => undefined);
      else await store.release(request, leaseToken).catch(() => undefined);
      return answer;
    } catch (error) {
      // Whether something was done is not known: a repeat goes on with the same work instead of beginning anew.
      await store.leave(request, leaseToken).catch(() => undefined);
      throw error;
    } finally {
      clearInterval(beat);
    }
  }

  return {
    async once(request, run) {
      sweepHourly();
      const claimed = await claim(request);
      if (claimed === null) return firstAnswer(request);
      return { ...(await attempt(request, claimed, run)), replayed: false };
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
