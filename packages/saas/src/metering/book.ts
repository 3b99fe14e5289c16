/**
 * Booking to balances outside of the hot path: what rules have admitted, and corrections. Written once for both databases.
 */
import type { Tx } from "@revops/database";
import { and, eq, inArray, sql } from "drizzle-orm";
import type { EntryKind } from "../ledger/entry.ts";
import { saasTables } from "../schema.ts";
import type { Balance, CheckedEvent, GroupTotal, Scope } from "./batch.ts";
import { hotPathOf } from "./count.ts";
import { addEvent, changeBy, emptyBalance, emptyTally, groupId, settleHour } from "./tally.ts";

/** Something that changes a balance, as one ledger entry. */
export interface Posting {
  readonly balance: Balance;
  readonly kind: EntryKind;
  /** The change of the balance; of the events that were not there before, if left out. */
  readonly quantity?: number;
  readonly events?: readonly CheckedEvent[];
}

/** Locks balances in the order that everybody takes them in, opening those that are new, and reads them. */
export async function lockBalances(tx: Tx, scopes: readonly Scope[]): Promise<Balance[]> {
  const balances = scopes.map(emptyBalance);
  await hotPathOf(tx).read(balances);
  return balances;
}

/** Locks those of these balances that nobody else holds, and reads them: it waits for nobody, so it may come after other locks. */
export async function lockFreeBalances(tx: Tx, scopes: readonly Scope[]): Promise<Balance[]> {
  if (tx.dialect === "sqlite" || scopes.length === 0) return lockBalances(tx, scopes);
  const { counters } = saasTables(tx.dialect);
  const keys = scopes.map(({ counterKey }) => counterKey);
  const rows = await tx.rows<{ key: Buffer }>(
    sql`select key from ${counters} where ${inArray(counters.key, keys)} order by key for update skip locked`,
  );
  return lockBalances(
    tx,
    scopes.filter(({ counterKey }) => rows.some(({ key }) => key.equals(counterKey))),
  );
}

/**
 * Books to balances that are locked: the events that were not there before, one ledger entry, the balance and its history.
 * Gives back the keys, as latin1 text, of the events that were there before, which count nothing.
 */
export async function book(tx: Tx, postings: readonly Posting[], at: Date): Promise<Set<string>> {
  const repeated = new Set<string>();
  for (const posting of postings) for (const key of await bookOne(tx, posting, at)) repeated.add(key);
  return repeated;
}

async function bookOne(tx: Tx, { balance, kind, quantity, events = [] }: Posting, at: Date): Promise<string[]> {
  balance.tally = emptyTally();
  const inserted = await insertEvents(tx, balance, events);
  const fresh = events.filter((event) => inserted.has(textOf(event.key())));
  await loadGroups(tx, balance, fresh);
  const used = balance.used;
  for (const event of fresh) addEvent(balance, event, changeBy(balance, event, at), at);
  if (quantity !== undefined) {
    // The history tells what was used; the balance, what is left of the room.
    balance.tally.quantity = quantity;
    balance.used = used + quantity;
  }
  if (fresh.length > 0 || quantity !== undefined) await writeBalance(tx, balance, kind, at);
  return events.map((event) => textOf(event.key())).filter((key) => !inserted.has(key));
}

async function insertEvents(
  tx: Tx,
  { scope, entries }: Balance,
  events: readonly CheckedEvent[],
): Promise<Set<string>> {
  if (events.length === 0) return new Set();
  const { events: table } = saasTables(tx.dialect);
  const rows = await tx.db
    .insert(table)
    .values(
      // In the order of the keys, as everybody inserts them, or two batches with the same ids would wait in a circle.
      [...events]
        .sort((a, b) => a.key().compare(b.key()))
        .map(({ key, quantity, occurredAt, metadata, counts }) => ({
          key: key(),
          counterKey: scope.counterKey,
          entry: counts ? entries + 1 : -entries - 1,
          quantity,
          occurredAt,
          metadata: metadata === null ? null : JSON.parse(metadata),
        })),
    )
    .onConflictDoNothing()
    .returning({ key: table.key });
  return new Set(rows.map(({ key }) => textOf(key)));
}

async function loadGroups(tx: Tx, { scope, tally }: Balance, events: readonly CheckedEvent[]): Promise<void> {
  for (const group of events.flatMap(({ groups }) => groups)) {
    if (tally.groups.has(groupId(group))) continue;
    tally.groups.set(groupId(group), await groupTotal(tx, scope, group));
  }
}

/** The total of a group of events. */
export async function groupTotal(
  tx: Tx,
  { counterKey }: Scope,
  { dimension, value }: { readonly dimension: string; readonly value: string },
): Promise<GroupTotal> {
  const { groups } = saasTables(tx.dialect);
  const [found] = await tx.db
    .select({ quantity: groups.quantity, events: groups.events })
    .from(groups)
    .where(and(eq(groups.counterKey, counterKey), eq(groups.dimension, dimension), eq(groups.value, value)));
  return { dimension, value, quantity: found?.quantity ?? 0, events: found?.events ?? 0 };
}

/** Writes what a balance's tally holds, as its next ledger entry. */
export async function writeBalance(tx: Tx, balance: Balance, kind: EntryKind, at: Date): Promise<void> {
  const { counters, ledger, groups } = saasTables(tx.dialect);
  const { scope, tally } = balance;
  const { counterKey, subjectId, feature, period } = scope;
  const gains = settleHour(balance, at);
  balance.entries += 1;
  const state = {
    used: balance.used,
    entries: balance.entries,
    hour: balance.hour === null ? null : new Date(balance.hour),
    hourQuantity: balance.hourQuantity,
    latestAt: balance.latestAt === null ? null : new Date(balance.latestAt),
  };
  // On SQLite, a balance that is read is not opened by that.
  await tx.db
    .insert(counters)
    .values({ key: counterKey, subjectId, feature: feature.id, periodStart: period?.start ?? new Date(0), ...state })
    .onConflictDoUpdate({ target: counters.key, set: state });
  await tx.db
    .insert(ledger)
    .values({ counterKey, entry: balance.entries, kind, quantity: tally.quantity, events: tally.events, at });
  for (const { span, start, quantity, moment } of gains) {
    // The builder has no column type for what leaves the safe integers.
    await tx.rows(sql`
      insert into saas_buckets (counter_key, span, start, quantity, moment)
      values (${counterKey}, ${span}, ${new Date(start)}, ${quantity}, ${moment})
      on conflict (counter_key, span, start) do update set quantity = saas_buckets.quantity + excluded.quantity,
        moment = saas_buckets.moment + excluded.moment`);
  }
  for (const { dimension, value, quantity, events } of tally.groups.values()) {
    const total = { quantity, events };
    await tx.db
      .insert(groups)
      .values({ counterKey, dimension, value, ...total })
      .onConflictDoUpdate({ target: [groups.counterKey, groups.dimension, groups.value], set: total });
  }
}

function textOf(key: Buffer): string {
  return key.toString("latin1");
}
