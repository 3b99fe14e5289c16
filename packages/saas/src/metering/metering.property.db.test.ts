import { openDatabase } from "@revops/database";
import { seededRandom } from "@revops/testing";
import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, onTestFinished, test } from "vitest";
import { openSmall, smallPlans } from "../../test/world.ts";
import { createSaas, type Verdict } from "../index.ts";

const subjects = ["usr_1", "usr_2", "usr_3"] as const;
const dayMs = 86_400_000;
/** How many rounds of up to twelve concurrent steps. */
const rounds = Number(process.env["ROUNDS"] ?? 60);

forEachDatabase("whatever happens in whatever order", (open, dialect) => {
  test("the ledger's sum is the balance is the number of accepted units", async () => {
    const random = seededRandom(`metering property on ${dialect}`);
    const { saas, database, url, clock } = await openSmall(open);
    const second = openDatabase({ url });
    onTestFinished(() => second.close());
    const instances = [saas, createSaas({ database: second, clock, plans: smallPlans })] as const;
    for (const subjectId of subjects) await saas.entitlements.open({ subjectId });

    /** The model: units accepted per balance, ids accepted per subject. A balance is told by its verdict's reset. */
    const accepted = new Map<string, number>();
    const ids = new Map<string, Promise<Verdict>[]>();
    const add = (key: string, quantity: number) => accepted.set(key, (accepted.get(key) ?? 0) + quantity);

    async function use(): Promise<void> {
      const subjectId = random.pick(subjects);
      const feature = random.pick(["call", "gigabyte", "seat"]);
      const quantity = feature === "seat" ? random.integer(-2, 3) : random.integer(0, 4);
      const id = random.pick([undefined, `evt-${random.integer(0, 400)}`]);
      const late = random.integer(0, 9) === 0 ? random.integer(0, 20) * dayMs : 0;
      const occurredAt = late === 0 ? undefined : new Date(clock.now().getTime() - late);
      const instance = random.pick(instances);
      const fails = random.integer(0, 9) === 0;
      const inTransaction = fails || random.integer(0, 4) === 0;
      const input = { subjectId, feature, quantity, id, occurredAt } as const;
      const answer = inTransaction
        ? database.transaction(async (tx) => {
            const verdict = await saas.quotas.consume(input, tx);
            if (fails) throw new Error("rolled back");
            return verdict;
          })
        : instance.quotas.consume(input);
      const verdict = await answer.catch((error: Error) => {
        if (!fails) throw error;
      });
      if (!verdict) return;
      if (id !== undefined) ids.set(`${subjectId}/${id}`, [...(ids.get(`${subjectId}/${id}`) ?? []), answer]);
      if (verdict.allowed && !verdict.duplicate) add(`${subjectId}/${feature}`, Math.round(quantity * 1_000));
      if (verdict.allowed && !verdict.duplicate && verdict.limit !== null && quantity > 0) {
        expect(verdict.used).toBeLessThanOrEqual(verdict.limit);
      }
    }

    async function change(): Promise<void> {
      const subjectId = random.pick(subjects);
      const tier = random.pick(["free", "team", "dark"]);
      const start = clock.now();
      const period = { anchor: start, interval: "month", start, end: new Date(start.getTime() + 30 * dayMs) } as const;
      const billed = tier === "team" ? { period } : {};
      await random.pick(instances).entitlements.assign({ subjectId, tier, status: "active", ...billed });
    }

    for (let round = 0; round < rounds; round++) {
      const steps = Array.from({ length: random.integer(1, 12) }, () =>
        random.integer(0, 19) === 0 ? change() : use(),
      );
      await Promise.all(steps);
      clock.advance(random.pick([0, 1, 60_000, dayMs, 3 * dayMs]));
    }

    expect(await saas.ledger.verify()).toEqual([]);
    const balances = await database.rows<{ subject_id: string; feature: string; used: string | number }>(
      sql`select subject_id, feature, sum(used) as used from saas_counters group by subject_id, feature`,
    );
    for (const { subject_id, feature, used } of balances) {
      const scale = feature === "gigabyte" ? 1 : 1_000;
      expect(Number(used) * scale, `${subject_id}/${feature}`).toBe(accepted.get(`${subject_id}/${feature}`) ?? 0);
    }
    for (const [id, answers] of ids) {
      const verdicts = await Promise.all(answers);
      expect(verdicts.filter((verdict) => verdict.allowed && !verdict.duplicate).length, id).toBeLessThanOrEqual(1);
    }
  }, 60_000);
});
