/**
 * Where a crowd waits. Hundreds of log-ins at once are all read, validated and looked up before the first password of them is
 * hashed, and whoever asks for something else meanwhile waits behind all of that. So few of them are let in at once, one in
 * each turn of the event loop; the others wait where they have cost next to nothing.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { setImmediate as nextTurn } from "node:timers/promises";

/** Resolves when a request may go on, which from then on takes a place until it is answered. Never for who hangs up. */
export type Crowd = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export interface CrowdOptions {
  /** A crowd has arrived when nobody came for so long; 10 ms unless said otherwise. */
  readonly calmMs?: number;
  /** At the latest it has so long after the first who had to wait; 500 ms unless said otherwise. */
  readonly arrivalMs?: number;
}

/** Enough to keep the threads busy that hash, while as many again wait for their commit. */
const mostInside = 32;
/** While a crowd still arrives: to receive it takes whole processors, which no hashing should have then. */
const mostWhileArriving = 2;

export function createCrowd({ calmMs = 10, arrivalMs = 500 }: CrowdOptions = {}): Crowd {
  const waiting = new Set<() => void>();
  let inside = 0;
  let opening = false;
  /** When the first came of those who wait, and the last, by `performance.now()`. */
  let firstAt = 0;
  let lastAt = 0;
  let looksAgain = false;

  function isArriving(): boolean {
    const now = performance.now();
    return now - lastAt < calmMs && now - firstAt < arrivalMs;
  }

  function lookAgain(): void {
    if (looksAgain) return;
    looksAgain = true;
    setTimeout(
      () => {
        looksAgain = false;
        open();
      },
      Math.min(calmMs, arrivalMs),
    );
  }

  function open(): void {
    if (opening || inside >= mostInside || waiting.size === 0) return;
    if (inside >= mostWhileArriving && isArriving()) {
      lookAgain();
      return;
    }
    opening = true;
    setImmediate(() => {
      opening = false;
      const [enter] = waiting;
      if (!enter) return;
      waiting.delete(enter);
      inside++;
      enter();
      open();
    });
  }

  return async (request, response) => {
    await nextTurn();
    // Who is still sending waits for nobody and takes nobody's place, or a few slow ones would keep all others out.
    if (!request.complete) return;
    await new Promise<void>((resolve) => {
      // Who hung up already would never leave.
      if (response.closed) return;
      const enter = () => resolve();
      lastAt = performance.now();
      if (waiting.size === 0) firstAt = lastAt;
      waiting.add(enter);
      response.once("close", () => {
        // Who waits no more was let in.
        if (!waiting.delete(enter)) inside--;
        open();
      });
      open();
    });
  };
}
