/**
 * The stored call: its idempotency key is committed before Stripe is asked, so that whatever crashes, the same question
 * can be asked again, by anyone, and is carried out once. https://docs.stripe.com/api/idempotent_requests
 */
import { type Clock, hourMs, type Logger } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import type Stripe from "stripe";
import { paymentsErrors } from "../errors.ts";
import { type Refusal, readRefusal } from "../gateway/refusal.ts";
import type { Mirrors } from "../mirrors/mirrors.ts";
import type { Answer, Call, NewCall, OperationName } from "./call.ts";
import { markOf } from "./operations/operation.ts";
import { operationOf } from "./operations.ts";
import type { ReconcileReport } from "./reconcile.ts";
import { createCallStore } from "./store.ts";

export interface Calls {
  /**
   * Stores the call, makes it, and applies its answer. One of a `reference` that was made before is finished, or answers
   * again, and `within` does not run. When a call of the same purpose is open already, that one is
   * finished instead, whatever comes of it, and `joined` is true: decide anew from what it left.
   * @param within runs in the transaction that stores the call, with its id; throwing takes the call back
   * @throws the package's errors; after `stripe_unavailable` the call stays open and is finished by {@link Calls.reconcile}
   */
  perform<Name extends OperationName>(
    call: NewCall<Name>,
    within?: (tx: Tx, callId: string) => Promise<void>,
  ): Promise<(Answer & { readonly joined: false }) | { readonly joined: true }>;
  /** Finishes the open call of a purpose, if there is one. A refusal is the business of whoever asked: it does not throw. */
  finish(purpose: string): Promise<void>;
  reconcile(): Promise<ReconcileReport>;
}

/** Hears of a call that was not carried out, in the transaction that settles it. */
export type OnRefused = (tx: Tx, call: Call, refusal: Pick<Refusal, "declineCode"> & { code: string }) => Promise<void>;

/** Stripe forgets keys after 24 hours at the earliest; an hour is for clocks that differ and requests under way. */
const keyLifeMs = 23 * hourMs;
const batch = 100;

export function createCalls(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly stripe: Stripe;
  readonly mirrors: Mirrors;
  readonly onRefused: OnRefused;
}): Calls {
  const { database, clock, logger, stripe, mirrors, onRefused } = options;
  const store = createCallStore(database);
  /** What this process is asking now: whoever wants the same waits for it. */
  const underWay = new Map<string, Promise<Answer>>();

  /** @param repeated it was made before, so that it may have been carried out */
  function execute(call: Call, repeated: boolean): Promise<Answer> {
    const running = underWay.get(call.id);
    if (running) return running;
    const started = carryOut(call, repeated).finally(() => underWay.delete(call.id));
    underWay.set(call.id, started);
    return started;
  }

  async function carryOut(call: Call, repeated: boolean): Promise<Answer> {
    const answer = isKeyForgotten(call) ? await find(call) : await send(call, repeated);
    if (answer === null) throw await abandon(call);
    await settle(call, answer);
    return answer;
  }

  function isKeyForgotten({ createdAt }: Call): boolean {
    return clock.now().getTime() - createdAt.getTime() >= keyLifeMs;
  }

  async function send(call: Call, repeated: boolean): Promise<Answer> {
    const { operation, params, idempotencyKey } = call;
    let refusal: Refusal;
    try {
      return await operationOf(operation).send(stripe, params, { idempotencyKey });
    } catch (error) {
      refusal = readRefusal(error);
    }
    // A key that was rotated in between says nothing of what an earlier try did.
    const saysNothing = repeated && refusal.error.code === "stripe_misconfigured";
    if (refusal.outcome === "refused" && !saysNothing) {
      const done = operationOf(operation).keyless ? await find(call).catch(() => null) : null;
      if (done) return done;
      await refuse(call, refusal);
      throw refusal.error;
    }
    const found = refusal.answered ? await find(call).catch(() => null) : null;
    if (found) return found;
    logger.warn({ err: refusal.error, call: call.id, operation }, "a call to Stripe is open");
    throw refusal.error;
  }

  async function find(call: Call): Promise<Answer | null> {
    try {
      return await operationOf(call.operation).find(stripe, call.params, markOf(call));
    } catch (error) {
      throw readRefusal(error).error;
    }
  }

  async function settle(call: Call, answer: Answer): Promise<void> {
    const close = async (tx: Tx) => {
      const settledAt = clock.now();
      await store.settle(tx, call.id, { state: "done", resultId: answer.id, failureCode: null, settledAt });
    };
    const target = operationOf(call.operation).touches(call.params, answer);
    await (target ? mirrors.sync(target, close) : database.transaction(close));
  }

  async function refuse(call: Call, { error, declineCode, paymentIntentId }: Refusal): Promise<void> {
    const close = async (tx: Tx) => {
      const outcome = { state: "refused" as const, resultId: paymentIntentId, failureCode: error.code };
      const settled = await store.settle(tx, call.id, { ...outcome, settledAt: clock.now() });
      if (settled) await onRefused(tx, call, { code: error.code, declineCode });
    };
    await (paymentIntentId && call.operation.startsWith("payment_intent.")
      ? mirrors.sync({ kind: "payment_intent", id: paymentIntentId }, close)
      : database.transaction(close));
  }

  async function abandon(call: Call): Promise<Error> {
    const error = paymentsErrors.stripe_unavailable({ detail: "Stripe was away for a day; nothing was done." });
    await database.transaction(async (tx) => {
      const outcome = { state: "abandoned" as const, resultId: null, failureCode: error.code, settledAt: clock.now() };
      if (await store.settle(tx, call.id, outcome)) await onRefused(tx, call, { code: error.code, declineCode: null });
    });
    return error;
  }

  /** Makes the call again and says what became of it. A refusal was the business of whoever asked for it. */
  async function finishQuietly(call: Call): Promise<keyof ReconcileReport> {
    try {
      await execute(call, true);
      return "finished";
    } catch (error) {
      const state = await store.stateOf(database, call.id);
      if (state === "refused" || state === "abandoned") return state;
      logger.error({ err: error, call: call.id, operation: call.operation }, "a call to Stripe could not be finished");
      return state === "done" ? "finished" : "open";
    }
  }

  return {
    async perform(call, within) {
      const stored = await database.transaction(async (tx) => {
        const inserted = await store.insert(tx, call, clock.now());
        if (inserted) await within?.(tx, inserted.id);
        return inserted;
      });
      if (stored) {
        const { id, url = null } = await execute(stored, false);
        return { joined: false, id, url };
      }
      if (call.reference !== undefined) {
        const named = await store.findNamed(database, call.reference);
        if (named?.resultId) return { joined: false, id: named.resultId };
        // Settled by another instance meanwhile: the same key brings the same answer.
        if (named?.state === "open") return { joined: false, ...(await execute(named.call, true)) };
        // Refused: whoever asks again, asks anew.
        return this.perform({ ...call, reference: undefined }, within);
      }
      const open = call.purpose === undefined ? null : await store.findOpen(database, call.purpose);
      // None: it was settled between the two looks.
      if (open) await finishQuietly(open);
      return { joined: true };
    },

    async finish(purpose) {
      const open = await store.findOpen(database, purpose);
      if (open) await finishQuietly(open);
    },

    async reconcile() {
      const report = { finished: 0, refused: 0, abandoned: 0, open: 0 };
      for (let after = ""; ; ) {
        const open = await store.listOpen(database, batch, after);
        for (const call of open) if (!underWay.has(call.id)) report[await finishQuietly(call)]++;
        const last = open.at(-1);
        if (!last || open.length < batch) return report;
        after = last.id;
      }
    },
  };
}
