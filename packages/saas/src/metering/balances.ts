/** The balances of a batch: one object each, so that each row is read and written once. */
import type { Balance, CheckedEvent, Scope } from "./batch.ts";
import { emptyBalance } from "./tally.ts";

export interface Balances {
  /** The balance of now: the same for all events of a subject and feature, so its scope is worked out once. */
  present(event: CheckedEvent, scope: () => Scope): Balance;
  of(scope: Scope): Balance;
  all(): Balance[];
}

export function createBalances(): Balances {
  const byKey = new Map<string, Balance>();
  const bySubject = new Map<string, Map<string, Balance>>();

  function of(scope: Scope): Balance {
    const key = scope.counterKey.toString("latin1");
    const balance = byKey.get(key) ?? emptyBalance(scope);
    byKey.set(key, balance);
    return balance;
  }
  return {
    of,
    present({ subjectId, feature }, scope) {
      const ofSubject = bySubject.get(subjectId) ?? new Map<string, Balance>();
      bySubject.set(subjectId, ofSubject);
      const balance = ofSubject.get(feature.id) ?? of(scope());
      ofSubject.set(feature.id, balance);
      return balance;
    },
    all: () => [...byKey.values()],
  };
}
