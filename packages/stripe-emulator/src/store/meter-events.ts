import type { Handle } from "./database.ts";

interface MeterEventRow {
  identifier: string;
  meter: string;
  customer: string;
  /** A decimal as text. */
  value: string;
  /** Unix seconds: when it happened. */
  at: number;
}
export interface MeterEvents {
  /** Whether this identifier came since then. */
  knows(account: string, identifier: string, since: number): boolean;
  add(account: string, row: MeterEventRow, received: number): void;
  /** Takes one back that came since then; says whether there was one. */
  cancel(account: string, meter: string, identifier: string, since: number): boolean;
  /** What happened from `start` on and before `end`, in the order of its time. */
  between(meter: string, customer: string, start: number, end: number): { value: string; at: number }[];
}

/** A table of its own: there may be very many, and nothing but sums is asked of them. */
export function createMeterEvents(database: Handle): MeterEvents {
  const known = database.prepare<[string, string, number], { found: number }>(
    "select 1 as found from meter_events where account = ? and identifier = ? and received > ? limit 1",
  );
  const insert = database.prepare(
    "insert into meter_events (account, identifier, meter, customer, value, at, received) values (?, ?, ?, ?, ?, ?, ?)",
  );
  const cancel = database.prepare(
    "update meter_events set canceled = 1 where account = ? and meter = ? and identifier = ? and received > ? and canceled = 0",
  );
  const between = database.prepare<[string, string, number, number], { value: string; at: number }>(
    "select value, at from meter_events where meter = ? and customer = ? and at >= ? and at < ? and canceled = 0 order by at, rowid",
  );
  return {
    knows: (account, identifier, since) => known.get(account, identifier, since) !== undefined,
    add(account, { identifier, meter, customer, value, at }, received) {
      insert.run(account, identifier, meter, customer, value, at, received);
    },
    cancel: (account, meter, identifier, since) => cancel.run(account, meter, identifier, since).changes > 0,
    between: (meter, customer, start, end) => between.all(meter, customer, start, end),
  };
}
