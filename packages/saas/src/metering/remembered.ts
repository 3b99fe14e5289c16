/**
 * What this process last saw of balances: for a `check` that may be some moments old and must cost nothing, and to tell which
 * batches are worth counting without reading first.
 */
import { contains } from "@revops/core";
import { LRUCache } from "lru-cache";
import { presentOf, termsAt } from "../entitlements/terms.ts";
import type { Outcome, Scope } from "./batch.ts";

/** About half a kilobyte each. */
const capacity = 20_000;

export interface Remembered {
  /** A balance as a commit, or a read, has shown it; `hour` is the one that its row is counting, where that was seen. */
  note(scope: Scope, used: number, hour?: number | null): void;
  /** What `used` was at most `maxAgeMs` ago, if that was seen, and the period and the terms are still the same. */
  recall(subjectId: string, feature: string, now: Date, maxAgeMs: number): Pick<Outcome, "scope" | "used"> | undefined;
  /** What a balance may be, however long ago that was seen. */
  guess(scope: Scope): Pick<Seen, "used" | "hour"> | undefined;
}

interface Seen {
  scope: Scope;
  used: number;
  hour: number | null;
  /** By the machine's clock, which nobody moves. */
  at: number;
}

export function createRemembered(): Remembered {
  const bySubject = new LRUCache<string, Map<string, Seen>>({ max: capacity });
  return {
    note(scope, used, hour) {
      let ofSubject = bySubject.get(scope.subjectId);
      if (ofSubject === undefined) {
        ofSubject = new Map();
        bySubject.set(scope.subjectId, ofSubject);
      }
      const seen = ofSubject.get(scope.feature.id);
      // An event of a period that is over says nothing about the one of now.
      if (seen === undefined) {
        ofSubject.set(scope.feature.id, { scope, used, hour: hour ?? null, at: performance.now() });
        return;
      }
      if (isLater(seen.scope, scope)) return;
      if (hour !== undefined || !isSame(seen.scope, scope)) seen.hour = hour ?? null;
      seen.scope = scope;
      seen.used = used;
      seen.at = performance.now();
    },
    recall(subjectId, feature, now, maxAgeMs) {
      const seen = bySubject.get(subjectId)?.get(feature);
      if (seen === undefined || performance.now() - seen.at > maxAgeMs) return undefined;
      const { scope } = seen;
      const at = presentOf(scope.terms, now);
      const current = termsAt(scope.terms, at) === scope.terms && (scope.period === null || contains(scope.period, at));
      return current ? seen : undefined;
    },
    guess(scope) {
      const seen = bySubject.get(scope.subjectId)?.get(scope.feature.id);
      return seen !== undefined && isSame(seen.scope, scope) ? seen : undefined;
    },
  };
}

/** Whether two scopes are of one balance. */
function isSame(a: Scope, b: Scope): boolean {
  return a === b || a.counterKey.equals(b.counterKey);
}

function isLater({ period: a }: Scope, { period: b }: Scope): boolean {
  return a !== null && b !== null && a.start > b.start;
}
