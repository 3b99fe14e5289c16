/** Work that is done again and again on every instance, such as polling or cleaning up. */
import type { Logger } from "@revops/core";

export interface Schedule {
  add(name: string, everyMs: number, work: () => Promise<void>): void;
  start(): void;
  /** Waits for rounds that are under way. */
  stop(): Promise<void>;
}

export function createSchedule(logger: Logger): Schedule {
  const entries: { name: string; everyMs: number; work: () => Promise<void> }[] = [];
  const timers: NodeJS.Timeout[] = [];
  const underWay = new Map<string, Promise<void>>();

  function round({ name, work }: (typeof entries)[number]): void {
    // A slow round is not joined by a second one.
    if (underWay.has(name)) return;
    const done = work()
      .catch((error: unknown) => logger.error({ err: error, schedule: name }, "a scheduled round failed"))
      .finally(() => underWay.delete(name));
    underWay.set(name, done);
  }

  return {
    add: (name, everyMs, work) => void entries.push({ name, everyMs, work }),
    start() {
      if (timers.length > 0) return;
      for (const entry of entries) {
        round(entry);
        timers.push(setInterval(round, entry.everyMs, entry));
      }
    },
    async stop() {
      for (const timer of timers.splice(0)) clearInterval(timer);
      await Promise.all(underWay.values());
    },
  };
}
