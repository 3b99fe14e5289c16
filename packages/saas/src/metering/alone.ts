/**
 * Counting without a transaction of ours: what is plain (sums that fit their limit, in the hour that the balance is counting,
 * with nothing to be told of) need not be read first. On PostgreSQL it is one statement, without the round trips to begin and to
 * commit, for which a hot balance's row would be held; on SQLite a thread writes it, while the event loop goes on. The
 * statements look by themselves whether all of it is so; what this process saw last only tells whether to try.
 */
import { constraintViolation, type PostgresClient, type WriterThread, wasRolledBackForOthers } from "@revops/database";
import { countSumsInThread } from "./alone-sqlite.ts";
import { countSums, type Part, type Sum } from "./alone-statement.ts";
import type { CheckedEvent, Outcome } from "./batch.ts";
import { hourOf } from "./buckets.ts";
import type { CountOptions, Known } from "./count.ts";
import { isPlain } from "./meter.ts";

/** The sums of a batch, and its events in the order given. */
interface Plain {
  readonly sums: readonly Sum[];
  readonly parts: readonly Part[];
}

/**
 * Counts a batch, all of it; null, with nothing written, for one that is to be counted by reading first.
 * @throws what the driver throws where it is not known whether the batch was written
 */
export async function countAlone(
  by: PostgresClient | WriterThread,
  events: readonly CheckedEvent[],
  options: CountOptions,
  known: Known,
): Promise<Outcome[] | null> {
  const at = options.clock.now();
  const hour = hourOf(at.getTime());
  const plain = plainOf(events, at, hour, options, known);
  if (plain === null) return null;
  try {
    const { sums, parts } = plain;
    const moment = { at, hour };
    const used = await ("write" in by
      ? countSumsInThread(by, sums, parts, moment)
      : countSums(by, sums, parts, moment));
    if (used === null) return null;
    for (const [index, { scope }] of sums.entries()) known.remembered.note(scope, used[index] ?? 0, hour);
    return outcomesOf(plain, used);
  } catch (error) {
    const repeats = constraintViolation(error)?.kind === "unique";
    if (repeats) known.repeats.expected = true;
    else if (!wasRolledBackForOthers(error)) throw error;
    return null;
  }
}

/** Sums a batch up; null where it cannot be told that all of it is plain and likely to fit. */
function plainOf(
  events: readonly CheckedEvent[],
  at: Date,
  hour: number,
  { rules }: CountOptions,
  { subjects, remembered, repeats }: Known,
): Plain | null {
  const byFeature = new Map<string, Map<string, Sum>>();
  const sums: Sum[] = [];
  const parts: Part[] = [];
  const seen = new Set<string>();

  function sumOf({ subjectId, feature, occurredAt }: CheckedEvent): Sum | null {
    let bySubject = byFeature.get(feature.id);
    if (bySubject === undefined) {
      bySubject = new Map();
      byFeature.set(feature.id, bySubject);
    }
    let sum = bySubject.get(subjectId);
    if (sum === undefined) {
      const scope = subjects.scopeOf(subjectId, feature, at);
      if (scope === undefined) return null;
      const seenLast = remembered.guess(scope);
      if (seenLast?.hour !== hour || !isPlain(feature) || rules.ruled(scope)) return null;
      const { from, below } = rules.quietRange(scope, seenLast.used);
      const most = Math.min(scope.limit ?? Number.MAX_SAFE_INTEGER, below - 1);
      sum = { scope, place: 0, guess: seenLast.used, least: from, most, quantity: 0, events: 0, listed: false };
      sums.push(sum);
      bySubject.set(subjectId, sum);
    }
    // A period may begin within an hour.
    return occurredAt !== null && sum.scope.period !== null && occurredAt < sum.scope.period.start ? null : sum;
  }

  for (const event of events) {
    if (event.quantity < 0 || (event.named && repeats.expected)) return null;
    // The history of another hour has rows of its own.
    if (event.occurredAt !== null && hourOf(event.occurredAt.getTime()) !== hour) return null;
    const sum = sumOf(event);
    if (sum === null) return null;
    const repeated = event.named && isSeen(seen, event.key());
    parts.push({ event, sum, repeated });
    if (repeated) continue;
    sum.quantity += changeOf(event);
    sum.events += 1;
    sum.listed ||= !isMereUse(event);
  }
  if (!sums.every(isLikelyToFit)) return null;
  // As everybody takes them.
  sums.sort((a, b) => a.scope.counterKey.compare(b.scope.counterKey));
  for (const [index, sum] of sums.entries()) sum.place = index + 1;
  return { sums, parts };
}

/**
 * Whether nobody can ask for this event: it has no name, nothing to say but how much, and is not asked for again after a
 * connection that broke (as what an outage admits is). Where all of a sum's events are so, its ledger entry tells all that
 * there is to tell. See docs/decisions/0044.
 */
function isMereUse({ named, occurredAt, metadata, counts, feature }: CheckedEvent): boolean {
  return !named && occurredAt === null && metadata === null && counts && feature.outage === "refuse";
}

function isSeen(seen: Set<string>, key: Buffer): boolean {
  const before = seen.size;
  return seen.add(key.toString("latin1")).size === before;
}

function isLikelyToFit({ guess, quantity, events, most }: Sum): boolean {
  return events > 0 && guess + quantity <= most;
}

/** By how much an event changes a plain sum. */
function changeOf({ counts, quantity }: CheckedEvent): number {
  return counts ? quantity : 0;
}

function outcomesOf({ sums, parts }: Plain, used: readonly number[]): Outcome[] {
  const after = sums.map(({ quantity }, index) => (used[index] ?? 0) - quantity);
  return parts.map(({ event, sum: { scope, place }, repeated }) => {
    const now = (after[place - 1] ?? 0) + (repeated ? 0 : changeOf(event));
    after[place - 1] = now;
    return { result: repeated ? "duplicate" : "counted", scope, quantity: event.quantity, used: now };
  });
}
