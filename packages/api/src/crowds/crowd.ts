/**
 * Where a crowd waits. Hundreds of log-ins at once are all read, validated and looked up before the first password of them is
 * hashed, and whoever asks for something else meanwhile waits behind all of that. So few of them are let in at once, one in
 * each turn of the event loop; the others wait where they have cost next to nothing.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { setImmediate as nextTurn } from "node:timers/promises";

/** Resolves when a request may go on, which from then on takes a place until it is answered. Never for who hangs up. */
export type Crowd = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Enough to keep the threads busy that hash. */
const mostInside = 16;

export function createCrowd(): Crowd {
  const waiting = new Set<() => void>();
  let inside = 0;
  let opening = false;

  function open(): void {
    if (opening || inside >= mostInside || waiting.size === 0) return;
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
