/** Work that is done again and again on every instance, such as polling or cleaning up. */
import type { Logger } from "@revops/core";

interface Entry {
  readonly name: string;
  readonly everyMs: number;
  readonly work: () => Promise<void>;
}

/** Node runs a timer that is longer than this at once, and again and again (about 25 days). */
const longestTimerMs = 2 ** 31 - 1;

export interface Schedule {
  /** Adds work; once started, it begins at once. */
  add(name: string, everyMs: number, work: () => Promise<void>): void;
  start(): void;
  /** Waits for rounds that are under way. */
  stop(): Promise<void>;
}

export function createSchedule(logger: Logger): Schedule {
  const entries: Entry[] = [];
  const timers: NodeJS.Timeout[] = [];
  const underWay = new Map<string, Promise<void>>();
  let started = false;

  function begin(entry: Entry): void {
    round(entry);
    timers.push(setInterval(round, Math.min(entry.everyMs, longestTimerMs), entry));
  }

  function round({ name, work }: Entry): void {
    // A slow round is not joined by a second one.
    if (underWay.has(name)) return;
    // In a function of its own, so that work which throws at once is caught as well.
    const done = (async () => work())()
      .catch((error: unknown) => logger.error({ err: error, schedule: name }, "a scheduled round failed"))
      .finally(() => underWay.delete(name));
    underWay.set(name, done);
  }

  return {
    add(name, everyMs, work) {
      const entry = { name, everyMs, work };
      entries.push(entry);
      if (started) begin(entry);
    },
    start() {
      if (started) return;
      started = true;
      entries.forEach(begin);
    },
    async stop() {
      started = false;
      for (const timer of timers.splice(0)) clearInterval(timer);
      await Promise.all(underWay.values());
    },
  };
}
