import type { Work } from "../emulator/work.ts";
import { StripeFailure } from "../errors.ts";
import type { Deliveries } from "../events/deliveries.ts";
import { change, type Scope } from "../scope.ts";
import type { AccountStores } from "../store/objects.ts";
import type { Timer, Timers, TimerTask } from "../store/timers.ts";
import type { ClockHand } from "./clock.ts";

/** What happens when a timer is due, by its task. The scope's time is the time it was due. */
export type DueHandlers = Readonly<Record<TimerTask, (scope: Scope, id: string) => void>>;

export interface Timeline {
  /** Moves the emulator's clock on, step by step, and resolves when it has arrived and each step's webhooks were attempted. */
  advanceTo(milliseconds: number): Promise<void>;
  /** Starts what a commit or the passing of real time made due: test clocks that were told to advance, timers that came of age. */
  wake(): void;
  close(): Promise<void>;
}
export interface TimelineOptions {
  work: Work;
  stores: AccountStores;
  timers: Timers;
  hand: ClockHand;
  deliveries: Deliveries;
  handlers: DueHandlers;
  onError(error: unknown): void;
}

const nobody = { id: null, idempotencyKey: null };

/**
 * The order of time. Timers run one second after another, each second in one transaction that also removes its timers: a
 * process that is killed in between goes on where it stopped. Webhooks of a step are attempted before the next one, so that
 * a receiver that lives by this clock sees each change at its time.
 */
export function createTimeline({
  work,
  stores,
  timers,
  hand,
  deliveries,
  handlers,
  onError,
}: TimelineOptions): Timeline {
  const objects = stores.of("");
  let queue: Promise<unknown> = Promise.resolve();
  let closed = false;

  function oneAfterAnother<T>(task: () => Promise<T>): Promise<T> {
    const result = queue.then(task);
    queue = result.catch(() => undefined);
    return result;
  }

  /** What Stripe would refuse is undone, reported and not tried again: one such timer must not stop the clock for all others. */
  function runTimer(scope: Scope, timer: Timer): void {
    try {
      work.nested(() => handlers[timer.task](scope.inAccount(stores.ownerOf(timer.object) ?? ""), timer.object));
    } catch (error) {
      if (!(error instanceof StripeFailure)) throw error;
      onError(new Error(`${timer.task} of ${timer.object}: ${error.message}`, { cause: error }));
    }
  }

  /** Everything that is due in the first second that has something due. */
  function step(testClock: string | null, due: number, first?: (scope: Scope) => void): void {
    work.run(
      nobody,
      (scope) => {
        first?.(scope);
        for (let timer = timers.takeDue(testClock, due); timer !== undefined; timer = timers.takeDue(testClock, due)) {
          runTimer(scope, timer);
        }
      },
      due,
    );
  }

  async function runUntil(
    testClock: string | null,
    until: number,
    moveTo: (seconds: number) => void,
    inStep?: (scope: Scope, seconds: number) => void,
  ) {
    for (
      let due = timers.nextDue(testClock);
      due !== undefined && due <= until && !closed;
      due = timers.nextDue(testClock)
    ) {
      const at = due;
      moveTo(at);
      step(testClock, at, inStep && ((scope) => inStep(scope, at)));
      await deliveries.settle();
    }
  }

  const moveHand = (seconds: number) => hand.moveTo(seconds * 1000);

  async function advanceTestClock(id: string): Promise<void> {
    const target = objects.find("test_helpers.test_clock", id)?.status_details.advancing?.target_frozen_time;
    if (target === undefined) return;
    await runUntil(
      id,
      target,
      () => undefined,
      (scope, seconds) => {
        const clock = objects.find("test_helpers.test_clock", id);
        if (clock !== undefined) change(scope, "test_helpers.test_clock", clock, { frozen_time: seconds }, null);
      },
    );
    if (closed) return;
    work.run(
      nobody,
      (scope) => {
        const clock = objects.find("test_helpers.test_clock", id);
        if (clock === undefined) return;
        change(
          scope,
          "test_helpers.test_clock",
          clock,
          { frozen_time: target, status: "ready", status_details: {} },
          "test_helpers.test_clock.ready",
        );
      },
      target,
    );
    await deliveries.settle();
  }

  function wake(): void {
    if (closed) return;
    const due = timers.nextDue(null);
    if (due !== undefined && due <= hand.seconds())
      oneAfterAnother(() => runUntil(null, hand.seconds(), moveHand)).catch(onError);
    for (const clock of objects.all("test_helpers.test_clock", { status: "advancing" }))
      oneAfterAnother(() => advanceTestClock(clock.id)).catch(onError);
  }

  const tick = setInterval(wake, 1_000);
  tick.unref();
  return {
    advanceTo: (milliseconds) =>
      oneAfterAnother(async () => {
        await runUntil(null, Math.floor(milliseconds / 1000), moveHand);
        hand.moveTo(milliseconds);
        await deliveries.settle();
      }),
    wake,
    async close() {
      closed = true;
      clearInterval(tick);
      await queue;
    },
  };
}
