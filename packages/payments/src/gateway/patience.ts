/**
 * How long whoever asks waits for Stripe in all. What was begun is not broken off: it goes on to its end without the asker,
 * so that a step which mends what a refusal left (a planned downgrade that is put back, say) is not missed.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Logger } from "@revops/core";
import { paymentsErrors } from "../errors.ts";

export interface Patience {
  /** Runs `work`, in which all that is {@link Patience.bounded} is waited for no longer than until its time is over. */
  within<T>(milliseconds: number, work: () => Promise<T>): Promise<T>;
  /** The same function, whose callers hear `stripe_unavailable` when their time is over; without a time of theirs they wait. */
  bounded<Input extends unknown[], Output>(
    ask: (...input: Input) => Promise<Output>,
  ): (...input: Input) => Promise<Output>;
}

/** @param logger hears of errors that nobody waits for any more */
export function createPatience(logger: Logger): Patience {
  // By the machine's clock: a virtual one that jumps ends nobody's patience.
  const patience = new AsyncLocalStorage<{ end: number }>();

  return {
    within(milliseconds, work) {
      const end = performance.now() + milliseconds;
      // Within another, whichever ends first.
      return patience.run({ end: Math.min(end, patience.getStore()?.end ?? end) }, work);
    },

    bounded(ask) {
      return async (...input) => {
        const asker = patience.getStore();
        if (asker === undefined) return ask(...input);
        // Whole milliseconds, as timers have them: what is less than one is nothing.
        const left = Math.floor(asker.end - performance.now());
        if (left <= 0) throw lost();
        let timer: NodeJS.Timeout | undefined;
        let isLeft = false;
        const over = new Promise<never>((_, reject) => {
          timer = setTimeout(() => {
            isLeft = true;
            // A timer may come a few milliseconds early: nothing is begun in those.
            asker.end = 0;
            reject(lost());
          }, left);
        });
        const answer = ask(...input);
        answer.catch((error: unknown) => {
          if (isLeft) logger.warn({ err: error }, "a call to Stripe that nobody waited for any more has failed");
        });
        try {
          return await Promise.race([answer, over]);
        } finally {
          clearTimeout(timer);
        }
      };
    },
  };
}

const lost = () =>
  paymentsErrors.stripe_unavailable({ detail: "Stripe has not answered in time; what it was asked for goes on." });
