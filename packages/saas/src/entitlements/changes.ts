/** How a subject's terms are replaced: by one of many at once, on what the others left, with what follows from it. */
import type { Clock, FactEmitter } from "@revops/core";
import type { Database, Handle, Tx } from "@revops/database";
import { saasErrors } from "../errors.ts";
import type { SaasFacts } from "../facts.ts";
import type { Catalog } from "../plans/catalog.ts";
import { canUpgrade } from "../plans/tier.ts";
import { checkSubjectId } from "../subject.ts";
import type { Agreement } from "./agreement.ts";
import type { Entitlement } from "./entitlement.ts";
import { orNull } from "./scheduled.ts";
import type { EntitlementStore } from "./store.ts";
import { entitlementAt, later, presentOf, type Terms } from "./terms.ts";
import { agreedTerms, openingTerms } from "./transition.ts";

export interface ChangesOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly catalog: Catalog;
  readonly store: EntitlementStore;
  readonly facts?: FactEmitter<SaasFacts, Tx> | undefined;
  /** Writes the ledger entries of an upgrade. */
  readonly resetUsage: (tx: Tx, terms: Terms) => Promise<void>;
  /** The start of the latest period that use was counted in. */
  readonly latestPeriod: (handle: Handle, subjectId: string) => Promise<Date | null>;
  /** Writes down what terms have brought of credits by the time that others take over, which cannot be reckoned from those. */
  readonly settleCredits: (tx: Tx, terms: Terms, at: Date) => Promise<void>;
}

export function createChanges(options: ChangesOptions) {
  const { database, clock, catalog, store, facts, resetUsage, settleCredits, latestPeriod } = options;

  async function found(subjectId: string, tx?: Tx): Promise<Terms> {
    const terms = await store.find(tx ?? database, subjectId);
    if (terms) return terms;
    throw saasErrors.subject_not_found({ detail: "The subject was never given an entitlement." });
  }

  async function opened(tx: Tx, subjectId: string, at: Date): Promise<Terms> {
    const terms = openingTerms(checkSubjectId(subjectId), catalog, at);
    return (await store.insert(tx, terms)) ? terms : found(subjectId, tx);
  }

  /** Replaces the terms if nobody did so meanwhile; else looks again. What came by itself is written down first. */
  async function change(tx: Tx, before: Terms, now: Date, next: (current: Terms) => Terms): Promise<Terms> {
    let current = before;
    for (;;) {
      const due = current.next !== null && now >= current.next.since ? current.next : null;
      const terms = due ?? next(current);
      if (terms === current) return current;
      if (await store.replace(tx, terms)) {
        await tell(tx, current, terms);
        if (due === null) return terms;
        current = terms;
      } else {
        current = await found(before.subjectId, tx);
      }
    }
  }

  async function tell(tx: Tx, current: Terms, terms: Terms): Promise<void> {
    if (canUpgrade(current.plan, terms.plan)) await resetUsage(tx, terms);
    await settleCredits(tx, current, terms.since);
    const { subjectId, since, planVersion } = terms;
    if (terms.tier === current.tier) {
      if (planVersion === null || planVersion === current.planVersion) return;
      await facts?.emit(tx, "plan.migrated", { subjectId, tier: terms.tier, planVersion, at: since });
      return;
    }
    await facts?.emit(tx, "tier.changed", { subjectId, from: current.tier, to: terms.tier, at: since });
  }

  const present = (terms: Terms) => entitlementAt(terms, presentOf(terms, clock.now()));

  /** A change of a subject's terms in one transaction. */
  const changing = (
    subjectId: string,
    tx: Tx | undefined,
    next: (current: Terms, now: Date) => Terms,
    opens = false,
  ): Promise<Entitlement> =>
    database.transaction(async (inside) => {
      // Never before a period that use is counted in already, by an instance whose clock is ahead: it would be in no cycle.
      const now = later(clock.now(), (await latestPeriod(inside, subjectId)) ?? new Date(0));
      const before = opens
        ? ((await store.find(inside, subjectId)) ?? (await opened(inside, subjectId, now)))
        : await found(subjectId, inside);
      return present(await change(inside, before, now, (current) => next(current, now)));
    }, tx);

  const agreeing = (subjectId: string, tx: Tx | undefined, next: (agreement: Agreement, current: Terms) => Agreement) =>
    changing(subjectId, tx, (current, now) =>
      agreedTerms(current, orNull(next(current.agreement ?? {}, current)), catalog, now),
    );

  return { found, opened, changing, agreeing, present };
}
