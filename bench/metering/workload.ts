/** What is measured: events of some subjects, recorded by concurrent callers. */
import { createHash } from "node:crypto";

export const callers = 256;
export const periodStart = new Date("2026-01-01T00:00:00Z");

export interface Workload {
  readonly subjects: number;
  readonly events: number;
}

export function subjectOf(workload: Workload, n: number): string {
  // Spread, but not in the order of the callers.
  return `usr_${(n * 7_919) % workload.subjects}`;
}

/** The rows of one event as the raw writers insert them; made before the measurement, since hashing is our cost. */
export interface RawEvent {
  readonly key: Buffer;
  readonly counterKey: Buffer;
}

export function rawEvents(workload: Workload, run: string): RawEvent[] {
  const key = (text: string) => createHash("sha256").update(text).digest().subarray(0, 16);
  const counters = new Map<string, Buffer>();
  return Array.from({ length: workload.events }, (_, n) => {
    const subject = subjectOf(workload, n);
    const counterKey = counters.get(subject) ?? key(subject);
    counters.set(subject, counterKey);
    return { key: key(`${run}/${subject}/${n}`), counterKey };
  });
}

/** The events in the group sizes that group commit makes of as many callers. */
export function* groups(events: readonly RawEvent[]): Generator<readonly RawEvent[]> {
  for (let at = 0; at < events.length; at += callers) yield events.slice(at, at + callers);
}

/** How many of a group each of its balances gets. */
export function perCounter(group: readonly RawEvent[]): Map<Buffer, number> {
  const counts = new Map<Buffer, number>();
  for (const { counterKey } of group) counts.set(counterKey, (counts.get(counterKey) ?? 0) + 1);
  return counts;
}
