import { expect, onTestFinished, test } from "vitest";
import { loopAtRest } from "./loop-at-rest.ts";

/** Gives each turn of the loop a millisecond of work until it is told to stop. */
function keepBusy() {
  const state = { busy: true };
  const work = () => {
    if (!state.busy) return;
    for (const end = performance.now() + 1; performance.now() < end; );
    setImmediate(work);
  };
  setImmediate(work);
  const rest = () => {
    state.busy = false;
  };
  onTestFinished(rest);
  return { state, rest };
}

test("waits until the loop has nothing to do", async () => {
  const { state, rest } = keepBusy();
  setTimeout(rest, 30);
  await loopAtRest(60_000);
  expect(state.busy).toBe(false);
});

test("does not wait for ever", async () => {
  const { state } = keepBusy();
  const started = performance.now();
  await loopAtRest(50);
  expect(performance.now() - started).toBeGreaterThanOrEqual(50);
  expect(state.busy).toBe(true);
});
