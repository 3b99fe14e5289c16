/** What must hold at the end. */
import { sql } from "drizzle-orm";
import { expect } from "vitest";
import { createEventKeys } from "../../src/metering/keys.ts";
import type { Check, ModelWorld } from "./model.ts";

export const ledgerIsRight: Check = {
  name: "the ledger, the balances, the history and the groups are what the events say",
  async run({ instances }) {
    expect(await instances[0].ledger.verify()).toEqual([]);
  },
};

export const eventsAreThose: Check = {
  name: "the events are those that were answered as counted, each once, as corrected",
  async run(world) {
    const { subjects, events, nameless, instances } = world;
    const keys = createEventKeys();
    for (const subjectId of subjects) {
      const expected = new Map(
        [...events.values()]
          .filter((event) => event.subjectId === subjectId)
          .map((event) => [keys.of(subjectId, event.id).toString("hex"), event]),
      );
      const unnamed = new Map<string, number>();
      for (let after: string | undefined; ; ) {
        const page = await instances[1].usage.events({ subjectId, limit: 100, after });
        for (const { key, feature, quantity, voided } of page.data) {
          const event = expected.get(key);
          if (event === undefined) unnamed.set(feature, (unnamed.get(feature) ?? 0) + Number(quantity));
          else {
            expect([event.id, event.feature, Number(quantity), voided]).toEqual([
              event.id,
              feature,
              event.quantity,
              event.voided,
            ]);
          }
          expected.delete(key);
        }
        if (page.next === null) break;
        after = page.next;
      }
      expect([...expected.values()]).toEqual([]);
      for (const [feature, quantity] of unnamed) expect(quantity).toBe(nameless.get(`${subjectId}/${feature}`) ?? 0);
    }
  },
};

export const sumsAreThose: Check = {
  name: "the balances of sums are what was accepted",
  async run({ database, subjects, events, nameless }: ModelWorld) {
    for (const subjectId of subjects) {
      for (const [feature, scale] of [
        ["call", 1],
        ["gigabyte", 1_000],
        ["seat", 1],
      ] as const) {
        const named = [...events.values()].filter(
          (event) => event.subjectId === subjectId && event.feature === feature,
        );
        const expected = named.reduce(
          (sum, { quantity }) => sum + quantity,
          nameless.get(`${subjectId}/${feature}`) ?? 0,
        );
        const [row] = await database.rows<{ used: string | number | null }>(
          sql`select sum(used) as used from saas_counters where subject_id = ${subjectId} and feature = ${feature}`,
        );
        expect(Number(row?.used ?? 0), `${subjectId}/${feature}`).toBe(expected * scale);
      }
    }
  },
};
