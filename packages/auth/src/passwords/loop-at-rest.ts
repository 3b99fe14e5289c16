/** Waiting for a moment in which the event loop has nothing to do. */
import { setImmediate as nextTurn } from "node:timers/promises";

/** What an empty turn of the loop takes, with a margin; anything that is done in one takes longer. */
const emptyMs = 0.1;

/** Resolves after a turn of the event loop in which nothing else was done. A loop that never rests is not waited for longer. */
export async function loopAtRest(longestMs = 20): Promise<void> {
  const end = performance.now() + longestMs;
  // To the end of the turn that is under way.
  await nextTurn();
  for (let before = performance.now(); before < end; ) {
    await nextTurn();
    const now = performance.now();
    if (now - before < emptyMs) return;
    before = now;
  }
}
