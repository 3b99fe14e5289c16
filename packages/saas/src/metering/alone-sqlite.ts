/**
 * What counts a plain batch on SQLite in the thread that writes: the same as the statement of `alone-statement.ts`, in steps. Keys
 * are handed over as one run of bytes, and all else by the column: an array for each row would be copied twice on its way.
 */
import type { WriterThread, WriteStep } from "@revops/database";
import { listedOf, type Part, type Sum } from "./alone-statement.ts";
import { keyLength } from "./keys.ts";

const moveBalance = `
  update saas_counters set used = used + ?, entries = entries + 1, hour_quantity = hour_quantity + ?
  where key = ? and hour = ? and used between ? and ?
    and (select version from saas_entitlements where subject_id = ?) = ?
  returning used, entries`;
/** The step that moves the balances, and the column of the number of the entry that is to be posted. */
const entryNumber = { step: 0, column: 1 };
const postEntry = "insert into saas_ledger (counter_key, entry, kind, quantity, events, at) values (?, ?, ?, ?, ?, ?)";
const insertEvent =
  "insert into saas_events (key, counter_key, entry, quantity, occurred_at, metadata) values (?, ?, ? * ?, ?, ?, ?)";
/** The same of events that count, and say no more than how much: to bind what is always the same takes a tenth of an insertion. */
const insertMereEvent =
  "insert into saas_events (key, counter_key, entry, quantity, occurred_at, metadata) values (?, ?, ?, ?, null, null)";

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
  const balances = { bytes: Buffer.concat(sums.map(({ scope }) => scope.counterKey)), length: keyLength };
  const quantities = sums.map(({ quantity }) => quantity);
  const listed = listedOf(parts);
  const rows = await thread.write([
    {
      sql: moveBalance,
      times: sums.length,
      parameters: [
        quantities,
        quantities,
        balances,
        hour,
        sums.map(({ least }) => least),
        sums.map(({ most, quantity }) => most - quantity),
        sums.map(({ scope }) => scope.subjectId),
        sums.map(({ scope }) => scope.terms.version),
      ],
    },
    {
      sql: postEntry,
      times: sums.length,
      parameters: [
        balances,
        entryNumber,
        sums.map((sum) => (sum.listed ? "usage" : "use")),
        quantities,
        sums.map(({ events }) => events),
        at.getTime(),
      ],
    },
    ...(listed.length > 0 ? [eventStep(listed, balances)] : []),
  ]);
  return rows && (rows[0] as [used: number, entry: number][]).map(([used]) => used);
}

/** @param balances the keys of all sums */
function eventStep(counted: readonly Part[], balances: { readonly bytes: Buffer; readonly length: number }): WriteStep {
  const events = counted.map(({ event }) => event);
  const places = counted.map(({ sum }) => sum.place - 1);
  const keys = { bytes: Buffer.concat(events.map(({ key }) => key())), length: keyLength };
  const of = [keys, { ...balances, places }, { ...entryNumber, places }] as const;
  const quantities = events.map(({ quantity }) => quantity);
  if (events.every(({ counts, occurredAt, metadata }) => counts && occurredAt === null && metadata === null)) {
    return { sql: insertMereEvent, times: events.length, parameters: [...of, quantities] };
  }
  const signs = events.map(({ counts }) => (counts ? 1 : -1));
  const times = events.map(({ occurredAt }) => occurredAt?.getTime() ?? null);
  const parameters = [...of, signs, quantities, times, events.map(({ metadata }) => metadata)];
  return { sql: insertEvent, times: events.length, parameters };
}
