/**
 * Work that is done again and again on every instance, such as polling or cleaning up: as often by the machine's clock, so that one
 * that stands still stops nothing; and when the product's clock has jumped over a round, which may have made anything due.
 */
import { type Clock, type Logger, secondMs, systemClock } from "@revops/core";

interface Entry {
  readonly name: string;
  readonly everyMs: number;
  readonly work: () => Promise<void>;
  /** When its last round began, by the product's clock; epoch milliseconds. */
  lastAt: number;
  timer?: NodeJS.Timeout;
}

/** How often is looked whether the clock has jumped. */
const lookMs = secondMs / 2;

/** Node runs a timer that is longer than this at once, and again and again (about 25 days). */
const longestTimerMs = 2 ** 31 - 1;

export interface Schedule {
  /** Adds work; once started, it begins at once. */
  add(name: string, everyMs: number, work: () => Promise<void>): void;
  start(): void;
  /** Waits for rounds that are under way. */
  stop(): Promise<void>;
}

export function createSchedule(logger: Logger, clock: Clock): Schedule {
  const entries: Entry[] = [];
  let looking: NodeJS.Timeout | undefined;
  const underWay = new Map<string, Promise<void>>();
  let started = false;

  function begin(entry: Entry): void {
    entry.timer = setInterval(round, Math.min(entry.everyMs, longestTimerMs), entry);
    round(entry);
  }

  function look(): void {
    const now = clock.now().getTime();
    for (const entry of entries) if (now - entry.lastAt >= entry.everyMs) round(entry);
  }

  function round(entry: Entry): void {
    const { name, work } = entry;
    // A slow round is not joined by a second one.
    if (underWay.has(name)) return;
    entry.lastAt = clock.now().getTime();
    entry.timer?.refresh();
    // In a function of its own, so that work which throws at once is caught as well.
    const done = (async () => work())()
      .catch((error: unknown) => logger.error({ err: error, schedule: name }, "a scheduled round failed"))
      .finally(() => underWay.delete(name));
    underWay.set(name, done);
  }

  return {
    add(name, everyMs, work) {
      const entry: Entry = { name, everyMs, work, lastAt: 0 };
      entries.push(entry);
      if (started) begin(entry);
    },
    start() {
      if (started) return;
      started = true;
      entries.forEach(begin);
      // The machine's own has the timers.
      if (clock !== systemClock) looking = setInterval(look, lookMs);
    },
    async stop() {
      started = false;
      clearInterval(looking);
      for (const { timer } of entries) clearInterval(timer);
      await Promise.all(underWay.values());
    },
  };
}
