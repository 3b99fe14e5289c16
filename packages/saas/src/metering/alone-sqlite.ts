/**
 * What counts a plain batch on SQLite in the thread that writes: the same as the statement of `alone-statement.ts`, in steps. Keys
 * come as text, since a thread is sent the whole memory that a Buffer is a part of.
 */
import type { WriterThread } from "@revops/database";
import { listedOf, type Part, type Sum } from "./alone-statement.ts";

const moveBalance = `
  update saas_counters set used = used + ?, entries = entries + 1, hour_quantity = hour_quantity + ?
  where key = unhex(?) and hour = ? and used between ? and ?
    and (select version from saas_entitlements where subject_id = ?) = ?
  returning used`;
const postEntry = `
  insert into saas_ledger (counter_key, entry, kind, quantity, events, at)
  select key, entries, ?, ?, ?, ? from saas_counters where key = unhex(?)`;
const insertEvent = `
  insert into saas_events (key, counter_key, entry, quantity, occurred_at, metadata)
  select unhex(?), key, entries * ?, ?, ?, ? from saas_counters where key = unhex(?)`;

/**
 * Moves balances, and inserts their events; the balances afterwards, by the places of their sums. Null, with nothing written,
 * if one of the balances is not of this hour, has other terms, or is below its sum's `least` or would come above its `most`.
 * @throws what the driver throws, with nothing written: an event that was counted before is a unique violation
 */
export async function countSumsInThread(
  thread: WriterThread,
  sums: readonly Sum[],
  parts: readonly Part[],
  { at, hour }: { readonly at: Date; readonly hour: number },
): Promise<number[] | null> {
  const keys = sums.map(({ scope }) => scope.counterKey.toString("hex"));
  const rows = await thread.write([
    {
      sql: moveBalance,
      runs: sums.map(({ scope, quantity, least, most }, index) => {
        const { subjectId, terms } = scope;
        return [quantity, quantity, keys[index] ?? "", hour, least, most - quantity, subjectId, terms.version];
      }),
    },
    {
      sql: postEntry,
      runs: sums.map(({ quantity, events, listed }, index) => {
        return [listed ? "usage" : "use", quantity, events, at.getTime(), keys[index] ?? ""];
      }),
    },
    {
      sql: insertEvent,
      runs: listedOf(parts).map(({ event, sum }) => {
        const { key, counts, quantity, occurredAt, metadata } = event;
        const sign = counts ? 1 : -1;
        const time = occurredAt?.getTime() ?? null;
        return [key.toString("hex"), sign, quantity, time, metadata, keys[sum.place - 1] ?? ""];
      }),
    },
  ]);
  // What the first step returns.
  return rows && (rows[0] as [used: number][]).map(([used]) => used);
}
