/** What must hold whenever everything has come to rest. */
import { bucketStart, dayMs, hourMs } from "@revops/core";
import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { createEventKeys } from "../../src/metering/keys.ts";
import { modelPlans, summed } from "./plans.ts";
import { type Check, type ModelWorld, unitsOf } from "./world.ts";

export const ledgerIsRight: Check = {
  name: "the ledger, the balances, the history, the groups, the credits and the tallies are what the events say",
  async run({ instances }) {
    expect(await instances[0].ledger.verify()).toEqual([]);
  },
};

/** What the book says that a subject used of a feature, ever. */
export function bookedUnits({ book: { events, nameless } }: ModelWorld, subjectId: string, feature: string): number {
  const named = [...events.values()].filter((event) => event.subjectId === subjectId && event.feature === feature);
  return named.reduce((sum, { units }) => sum + units, nameless.get(`${subjectId}/${feature}`) ?? 0);
}

export const sumsAreThose: Check = {
  name: "the balances of what adds up are what was answered as counted, and what is reserved",
  async run(world) {
    const { subjects, database, instances, clock, book } = world;
    // Also by the one whose clock is read a moment later.
    while ((await instances[1].quotas.sweep()) > 0);
    const now = clock.now();
    for (const subjectId of subjects) {
      for (const feature of summed) {
        const held = [...book.holds.values()]
          .filter((hold) => hold.subjectId === subjectId && hold.feature === feature && hold.expiresAt > now)
          .reduce((sum, { units }) => sum + units, 0);
        const [row] = await database.rows<{ used: string | number | null }>(
          sql`select sum(used) as used from saas_counters where subject_id = ${subjectId} and feature = ${feature}`,
        );
        const what = `${subjectId}/${feature}`;
        expect(Number(row?.used ?? 0), what).toBe(bookedUnits(world, subjectId, feature) + held);
      }
    }
  },
};

export const eventsAreThose: Check = {
  name: "the events are those that were answered as counted, each once, as corrected",
  async run(world) {
    const { subjects, book, instances } = world;
    const keys = createEventKeys();
    for (const subjectId of subjects) {
      const expected = new Map(
        [...book.events.values()]
          .filter((event) => event.subjectId === subjectId)
          .map((event) => [keys.of(subjectId, event.id).toString("hex"), event]),
      );
      const unnamed = new Map<string, number>();
      for (let after: string | undefined; ; ) {
        const page = await instances[1].usage.events({ subjectId, limit: 100, after });
        for (const { key, feature, quantity, voided } of page.data) {
          const { decimals } = modelPlans.feature(feature);
          const units = Math.round(Number(quantity) * 10 ** decimals);
          const event = expected.get(key);
          if (event === undefined) unnamed.set(feature, (unnamed.get(feature) ?? 0) + units);
          else expect([event.id, feature, units, voided]).toEqual([event.id, event.feature, event.units, event.voided]);
          expected.delete(key);
        }
        if (page.next === null) break;
        after = page.next;
      }
      expect([...expected.values()]).toEqual([]);
      for (const { id: feature } of modelPlans.features) {
        const what = `${subjectId}/${feature}`;
        expect(unnamed.get(feature) ?? 0, what).toBe(book.nameless.get(what) ?? 0);
      }
    }
  },
};

export const historyIsTheSum: Check = {
  name: "days and hours, of UTC and of a zone that changes its clocks, tell of all that was used",
  async run(world) {
    const { subjects, instances, clock } = world;
    const to = new Date(clock.now().getTime() + hourMs);
    const total = (points: readonly { quantity: number }[]) => points.reduce((sum, { quantity }) => sum + quantity, 0);
    for (const subjectId of subjects) {
      for (const feature of summed) {
        const ask = (more: object) => instances[0].usage.history({ subjectId, feature, to, ...more });
        const days = await ask({ from: new Date(to.getTime() - 990 * dayMs) });
        expect(unitsOf(feature, total(days)), `${subjectId}/${feature}`).toBe(bookedUnits(world, subjectId, feature));
        const from = bucketStart("day", new Date(to.getTime() - 40 * dayMs), "Europe/Berlin");
        const hours = await ask({ from, interval: "hour" });
        const zoned = await ask({ from, timeZone: "Europe/Berlin" });
        expect(unitsOf(feature, total(zoned))).toBe(unitsOf(feature, total(hours)));
      }
    }
  },
};

export const previewIsTheReport: Check = {
  name: "a statement of now says that was used what the report says that was used, without what is only reserved",
  async run({ subjects, instances }) {
    for (const subjectId of subjects) {
      const [{ features }, { statement }] = await Promise.all([
        instances[0].usage.report(subjectId),
        instances[1].cycles.preview(subjectId),
      ]);
      for (const { feature, kind, used, held } of features) {
        if (kind !== "metered" || !summed.some((one) => one === feature)) continue;
        const line = statement.lines.find(({ id }) => id === `usage:${feature}`);
        expect(Number(line?.quantity ?? 0), `${subjectId}/${feature}`).toBeCloseTo(used - held, 6);
      }
    }
  },
};

export const creditsAreThose: Check = {
  name: "every credit that was given is there, once, and what is left of it is the sum of its own ledger",
  async run({ subjects, instances, book }) {
    for (const subjectId of subjects) {
      const given = new Map([...book.credits].filter(([name]) => name.startsWith(`${subjectId}/`)));
      for (let after: string | undefined; ; ) {
        const page = await instances[1].credits.list(subjectId, { limit: 100, after });
        for (const { id, amount, remaining, source } of page.data) {
          expect(remaining).toBeLessThanOrEqual(amount);
          if (source !== "manual") continue;
          expect([id, amount]).toEqual([id, given.get(`${subjectId}/${id}`)]);
          given.delete(`${subjectId}/${id}`);
        }
        if (page.next === null) break;
        after = page.next;
      }
      expect([...given]).toEqual([]);
    }
  },
};

export const statementsTile: Check = {
  name: "statements count the entries of each balance from the first on, none twice, none left out, and each for what it is",
  async run({ database }) {
    const wrong = await database.rows(sql`
      select c.subject_id, c.feature, u.first_entry, u.last_entry, u.quantity
      from saas_cycle_usage u join saas_counters c on c.key = u.counter_key
      where u.quantity <> (
          select coalesce(sum(l.quantity), 0) from saas_ledger l
          where l.counter_key = u.counter_key and l.entry between u.first_entry and u.last_entry)
        or u.first_entry <> 1 + coalesce((
          select max(b.last_entry) from saas_cycle_usage b
          where b.counter_key = u.counter_key and b.first_entry < u.first_entry), 0)`);
    expect(wrong).toEqual([]);
  },
};
