import type { Handle } from "./database.ts";

/** What may fall due on a clock. The order is the order within one second: a schedule's new phase comes before the renewal it changes. */
const timerTasks = [
  "checkout.expire",
  "refund.settle",
  "dispute.due",
  "payout.arrive",
  "schedule.phase",
  "subscription.trial-will-end",
  "subscription.unpause",
  "subscription.cancel",
  "subscription.cycle",
  "subscription.expire-incomplete",
  "invoice.finalize",
  "invoice.attempt",
] as const;
export type TimerTask = (typeof timerTasks)[number];

export interface Timer {
  object: string;
  task: TimerTask;
  /** Unix seconds on the timer's clock. */
  due: number;
  /** The test clock it runs on, null for the emulator's own. */
  testClock: string | null;
}
export interface Timers {
  /** Sets the one timer of this object and task, replacing an earlier one. */
  set(timer: Timer): void;
  clear(object: string, task?: TimerTask): void;
  /** Removes and returns the earliest timer due by then. */
  takeDue(testClock: string | null, until: number): Timer | undefined;
  nextDue(testClock: string | null): number | undefined;
}

interface Row {
  object: string;
  task: TimerTask;
  due: number;
  test_clock: string;
}

export function createTimers(database: Handle): Timers {
  const set = database.prepare(
    "insert into timers (object, task, due, priority, test_clock) values (?, ?, ?, ?, ?) on conflict (object, task) do update set due = excluded.due, test_clock = excluded.test_clock",
  );
  const next = database.prepare<[string], Row>(
    "select object, task, due, test_clock from timers where test_clock = ? order by due, priority, object limit 1",
  );
  const clearOne = database.prepare("delete from timers where object = ? and task = ?");
  const clearAll = database.prepare("delete from timers where object = ?");
  return {
    set({ object, task, due, testClock }) {
      set.run(object, task, due, timerTasks.indexOf(task), testClock ?? "");
    },
    clear(object, task) {
      if (task === undefined) clearAll.run(object);
      else clearOne.run(object, task);
    },
    takeDue(testClock, until) {
      const row = next.get(testClock ?? "");
      if (row === undefined || row.due > until) return undefined;
      clearOne.run(row.object, row.task);
      return { object: row.object, task: row.task, due: row.due, testClock: row.test_clock || null };
    },
    nextDue: (testClock) => next.get(testClock ?? "")?.due,
  };
}
