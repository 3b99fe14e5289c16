import type { Database, Tx } from "@revops/database";
import { sql } from "drizzle-orm";

/** What is asked of a counter by all uses of a batch. */
export interface Asked {
  readonly counter: string;
  readonly units: number;
  readonly most: number;
  readonly refill: number;
  readonly period: number;
}

export interface KeyCounterStore {
  /** Takes as many units of each counter as there are, up to what is asked; answers how many by counter. */
  take(tx: Tx, asked: readonly Asked[]): Promise<Map<string, number>>;
  /** Gives units back in the transaction that took them. */
  giveBack(tx: Tx, units: ReadonlyMap<string, number>): Promise<void>;
}

/** Of both dialects one statement each, whatever the number of counters: what is asked travels as one JSON text. */
export function createKeyCounterStore({ dialect }: Database): KeyCounterStore {
  const json = sql.placeholder("asked");
  const asked =
    dialect === "sqlite"
      ? sql`(select value ->> 'counter' as counter, value ->> 'units' as units, value ->> 'most' as most,
              value ->> 'refill' as refill, value ->> 'period' as period from json_each(${json})) as asked`
      : sql`jsonb_to_recordset(${json}::jsonb)
              as asked (counter text, units bigint, most bigint, refill bigint, period bigint)`;
  // PostgreSQL locks the rows here, in one order for all, or two instances would wait for each other.
  const onConflict = dialect === "sqlite" ? sql`do nothing` : sql`do update set granted = auth_key_counters.granted`;
  const open = sql`
    insert into auth_key_counters (counter, period, used, granted)
    select counter, period, 0, 0 from ${asked} where true order by counter
    on conflict (counter) ${onConflict}`;
  // An instance whose clock is behind counts in the period that others are in.
  const [least, most] = dialect === "sqlite" ? [sql`min`, sql`max`] : [sql`least`, sql`greatest`];
  const elapsed = sql`${most}(0, asked.period - auth_key_counters.period)`;
  // After so many periods it is full, however long it was not used: more of them would leave the whole numbers.
  const refills = sql`${least}(${elapsed}, asked.most / ${most}(1, asked.refill) + 1)`;
  const before = sql`${most}(0, used - asked.refill * ${refills})`;
  const grant = sql`${most}(0, ${least}(asked.units, asked.most - ${before}))`;
  const takeUnits = sql`
    update auth_key_counters
    set period = ${most}(auth_key_counters.period, asked.period), used = ${before} + ${grant}, granted = ${grant}
    from ${asked} where auth_key_counters.counter = asked.counter
    returning auth_key_counters.counter as counter, granted`;
  const back = sql`
    update auth_key_counters set used = used - asked.units
    from ${asked} where auth_key_counters.counter = asked.counter`;

  return {
    async take(tx, all) {
      const values = { asked: JSON.stringify(all) };
      await tx.rows(open, values);
      // PostgreSQL gives 64-bit numbers as text.
      const rows = await tx.rows<{ counter: string; granted: number | string }>(takeUnits, values);
      return new Map(rows.map(({ counter, granted }) => [counter, Number(granted)]));
    },
    async giveBack(tx, units) {
      if (units.size === 0) return;
      const all = [...units].map(([counter, units]) => ({ counter, units, most: 0, refill: 0, period: 0 }));
      await tx.rows(back, { asked: JSON.stringify(all) });
    },
  };
}
