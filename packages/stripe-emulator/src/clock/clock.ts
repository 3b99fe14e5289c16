import type { Handle } from "../store/database.ts";
import { systemTime } from "./system-time.ts";

/**
 * The emulator's clock: the machine's time plus an offset that is kept with the state and only grows. Processes that share
 * a file share its clock.
 */
export interface ClockHand {
  now(): Date;
  /** Unix seconds. */
  seconds(): number;
  /** Moves the hand on to this moment (milliseconds); an earlier one leaves it where it is. */
  moveTo(milliseconds: number): void;
  /** The state was replaced by another one. */
  reread(): void;
}

/** How long another process may have moved the clock without this one seeing it: no time that anybody could notice. */
const knownMs = 10;

export function createClockHand(database: Handle): ClockHand {
  const read = database.prepare<[], { value: string }>("select value from settings where key = 'clock_offset'");
  // Another process may be ahead of what was just read.
  const write = database.prepare(`
    insert into settings (key, value) values ('clock_offset', ?)
    on conflict (key) do update set value = excluded.value where cast(value as integer) < cast(excluded.value as integer)`);
  /** As it was committed last: every line of a log asks for the time. */
  let known: { readonly offset: number; readonly until: number } | undefined;
  function offset(): number {
    // What a transaction has moved may yet be taken back with it.
    if (database.inTransaction) return stored();
    const now = systemTime();
    // Also when the machine's clock was put back.
    if (known === undefined || now >= known.until || now < known.until - knownMs) {
      known = { offset: stored(), until: now + knownMs };
    }
    return known.offset;
  }
  const stored = () => Number(read.get()?.value ?? 0);
  const milliseconds = () => systemTime() + offset();
  return {
    now: () => new Date(milliseconds()),
    seconds: () => Math.floor(milliseconds() / 1000),
    moveTo(target) {
      if (target <= milliseconds()) return;
      write.run(String(target - systemTime()));
      known = undefined;
    },
    reread() {
      known = undefined;
    },
  };
}
