/**
 * Counting without reading first, on PostgreSQL, where reading is a round trip and a lock more: what is plain (sums that fit
 * their limit, in the hour that the balance is counting) is moved and inserted by one statement, which looks by itself
 * whether all of it is so. What this process saw last only tells whether to try.
 */
import type { PostgresClient } from "@revops/database";
import { refusalOf } from "./admission.ts";
import type { Balance, Candidate, CheckedEvent, Outcome } from "./batch.ts";
import { hourOf } from "./buckets.ts";
import { batchConflict } from "./conflict.ts";
import { isPlain } from "./meter.ts";
import type { Remembered } from "./remembered.ts";
import type { Rules } from "./rules.ts";
import { countSums, findRepeated, type Part, type Sum, takeBack } from "./unread-statements.ts";

export interface UnreadOptions {
  readonly rules: Rules;
  readonly remembered: Remembered;
}

/** The events of a batch, and their balances, of which nothing was read. */
export interface UnreadBatch {
  readonly candidates: readonly Candidate[];
  readonly balances: readonly Balance[];
  readonly at: Date;
}

/**
 * Counts a batch, all of it; null, with nothing written, for one that has to be read.
 * @throws a batch conflict where a balance was not as it was seen last
 */
export async function countUnread(
  client: PostgresClient,
  { candidates, balances, at }: UnreadBatch,
  options: UnreadOptions,
): Promise<Outcome[] | null> {
  if (candidates.length === 0) return [];
  const hour = hourOf(at.getTime());
  const sums = emptySums(balances, hour, options);
  const parts = sums && partsOf(candidates, sums, hour);
  if (sums === null || parts === null) return null;
  const all = [...sums.values()];
  if (all.some((sum) => !isLikelyToFit(sum, options.remembered))) return null;

  const moved = await countSums(client, all, [...parts.values()], { at, hour });
  if (moved === null) throw batchConflict();
  for (const [index, { balance, quantity, events }] of all.entries()) {
    balance.used = moved.used[index] ?? 0;
    balance.hour = hour;
    Object.assign(balance.tally, { quantity, events });
  }
  if (moved.inserted < parts.size) await leaveOutRepeated(client, all, parts);
  for (const { balance } of all) balance.before = balance.used - balance.tally.quantity;
  return outcomesOf(candidates, balances, parts);
}

function emptySums(balances: readonly Balance[], hour: number, { rules, remembered }: UnreadOptions) {
  const sums = new Map<Balance, Sum>();
  for (const balance of balances) {
    const { scope } = balance;
    if (!isPlain(scope.feature) || rules.ruled(scope) || remembered.guess(scope)?.hour !== hour) return null;
    sums.set(balance, { balance, place: sums.size + 1, quantity: 0, events: 0 });
  }
  return sums;
}

/** What is to be counted: of each id the first; null where that cannot be told unread. */
function partsOf(
  candidates: readonly Candidate[],
  sums: ReadonlyMap<Balance, Sum>,
  hour: number,
): Map<Candidate, Part> | null {
  const parts = new Map<Candidate, Part>();
  const seen = new Set<string>();
  for (const candidate of candidates) {
    const { event, balance } = candidate;
    const sum = sums.get(balance);
    if (sum === undefined || event.quantity < 0) return null;
    // The history of another hour has rows of its own.
    if (event.occurredAt !== null && hourOf(event.occurredAt.getTime()) !== hour) return null;
    if (event.named) {
      const key = event.key.toString("latin1");
      if (seen.has(key)) continue;
      seen.add(key);
    }
    sum.quantity += changeOf(event);
    sum.events += 1;
    parts.set(candidate, { candidate, sum });
  }
  return parts;
}

function isLikelyToFit({ balance: { scope }, quantity, events }: Sum, remembered: Remembered): boolean {
  const used = remembered.guess(scope)?.used;
  return events > 0 && used !== undefined && refusalOf(used, quantity, scope.limit) === null;
}

/** By how much an event changes a plain sum. */
function changeOf({ counts, quantity }: CheckedEvent): number {
  return counts ? quantity : 0;
}

/** Takes out what was counted before, of which only the insertion has told. */
async function leaveOutRepeated(
  client: PostgresClient,
  sums: readonly Sum[],
  parts: Map<Candidate, Part>,
): Promise<void> {
  const all = [...parts.values()];
  const repeated = new Map<Sum, Sum>();
  for (const place of await findRepeated(client, sums, all)) {
    const { candidate, sum } = all[place] as Part;
    const back = repeated.get(sum) ?? { ...sum, quantity: 0, events: 0 };
    repeated.set(sum, back);
    back.quantity += changeOf(candidate.event);
    back.events += 1;
    parts.delete(candidate);
  }
  await takeBack(client, [...repeated.values()]);
  for (const { balance, quantity, events } of repeated.values()) {
    balance.used -= quantity;
    balance.tally.quantity -= quantity;
    balance.tally.events -= events;
  }
}

function outcomesOf(
  candidates: readonly Candidate[],
  balances: readonly Balance[],
  parts: ReadonlyMap<Candidate, Part>,
): Outcome[] {
  const used = new Map(balances.map((balance) => [balance, balance.before]));
  return candidates.map((candidate) => {
    const { event, balance } = candidate;
    const counted = parts.has(candidate);
    const after = (used.get(balance) ?? 0) + (counted ? changeOf(event) : 0);
    used.set(balance, after);
    return { result: counted ? "counted" : "duplicate", scope: balance.scope, quantity: event.quantity, used: after };
  });
}
