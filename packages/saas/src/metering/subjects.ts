/** What is known of the subjects of recent events, so that a batch neither reads nor works it out again. */
import { contains } from "@revops/core";
import { LRUCache } from "lru-cache";
import { presentOf, type Terms, termsAt } from "../entitlements/terms.ts";
import type { PlanFeature } from "../plans/feature.ts";
import type { Scope } from "./batch.ts";
import { scopeAt } from "./scope.ts";

/** About a kilobyte each. */
const defaultCapacity = 10_000;

/**
 * Subjects with their terms. Never trusted: a batch checks the versions inside its transaction, in the statement that
 * reads the balances. Keeps committed terms only, so a caller's own transaction gets one that lasts as long as the call.
 */
export interface Subjects {
  termsOf(subjectId: string): Terms | undefined;
  remember(terms: Terms): void;
  forget(subjectId: string): void;
  /** The scope of a use that happens now, by its subject's terms. */
  scopeNow(terms: Terms, feature: PlanFeature, now: Date): Scope;
  /** The same by the terms that are known; undefined where none are. */
  scopeOf(subjectId: string, feature: PlanFeature, now: Date): Scope | undefined;
}

interface Known {
  readonly terms: Terms;
  readonly scopes: Map<string, Scope>;
}

export function createSubjects(capacity = defaultCapacity): Subjects {
  const known = new LRUCache<string, Known>({ max: capacity });
  return {
    termsOf: (subjectId) => known.get(subjectId)?.terms,
    remember: (terms) => void known.set(terms.subjectId, { terms, scopes: new Map() }),
    forget: (subjectId) => void known.delete(subjectId),
    scopeNow: (terms, feature, now) => scopeOf(terms, known.get(terms.subjectId)?.scopes, feature, now),
    scopeOf(subjectId, feature, now) {
      const subject = known.get(subjectId);
      return subject && scopeOf(subject.terms, subject.scopes, feature, now);
    },
  };
}

/** @param scopes the last one of each feature */
function scopeOf(terms: Terms, scopes: Known["scopes"] | undefined, feature: PlanFeature, now: Date): Scope {
  const at = presentOf(terms, now);
  const last = scopes?.get(feature.id);
  if (last?.terms === termsAt(terms, at) && (last.period === null || contains(last.period, at))) return last;
  const scope = scopeAt(terms, feature, at);
  scopes?.set(feature.id, scope);
  return scope;
}
