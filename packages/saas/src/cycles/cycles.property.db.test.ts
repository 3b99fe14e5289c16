import { createFacts, dayMs, hourMs, isRevopsError } from "@revops/core";
import { openDatabase, type Tx } from "@revops/database";
import { seededRandom } from "@revops/testing";
import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, onTestFinished, test } from "vitest";
import { pricedPlans } from "../../test/priced.ts";
import { checkStatements } from "../../test/statements.ts";
import { openWorld } from "../../test/world.ts";
import { createSaas, type SaasFacts } from "../index.ts";

const subjects = ["usr_1", "usr_2", "usr_3"] as const;
const rounds = Number(process.env["ROUNDS"] ?? 80);

forEachDatabase("billing cycles, whatever happens in whatever order", (open, dialect) => {
  test("ledger, balances, events and statements tell of the same use and the same money", async () => {
    const random = seededRandom(`billing cycles on ${dialect}`);
    const world = await openWorld(open);
    const { database, clock, url } = world;
    const second = openDatabase({ url });
    onTestFinished(() => second.close());
    const facts = createFacts<SaasFacts, Tx>();
    const told = new Map<string, number>();
    let fails = false;
    facts.on("cycle.closed", async (_tx, { subjectId, usage, cycleId }) => {
      if (fails && random.integer(0, 2) === 0) throw new Error("crashed before the commit");
      for (const { feature, quantity } of usage) told.set(`${cycleId}/${subjectId}/${feature}`, Number(quantity));
    });
    const plans = pricedPlans;
    const one = createSaas({ ...world, plans, facts });
    const instances = [one, createSaas({ database: second, clock, plans, facts })] as const;
    for (const subjectId of subjects) await one.entitlements.open({ subjectId });

    const saas = () => random.pick(instances);
    const refused = (error: unknown) => {
      if (!isRevopsError(error)) throw error;
    };
    const operations = {
      async use() {
        const feature = random.pick(["call", "token", "image", "mail", "seat", "storage"]);
        const counted = feature === "seat" || feature === "storage";
        const quantity = counted ? random.integer(-2, 4) : random.pick([0, 1, 7, 300, 2_000]);
        const late = random.integer(0, 5) === 0 ? random.integer(0, 30) * dayMs : 0;
        const occurredAt = late === 0 ? undefined : new Date(clock.now().getTime() - late);
        const id = random.pick([undefined, `evt-${random.integer(0, 300)}`]);
        await saas().quotas.consume({ subjectId: random.pick(subjects), feature, quantity, id, occurredAt });
      },
      async correct() {
        const event = { subjectId: random.pick(subjects), id: `evt-${random.integer(0, 300)}` };
        const { meters } = saas();
        await (random.integer(0, 1) === 0 ? meters.void(event) : meters.replace({ ...event, quantity: 5 }));
      },
      async change() {
        const subjectId = random.pick(subjects);
        const tier = random.pick(["free", "pro", "team"]);
        const start = clock.now();
        const period = {
          anchor: start,
          interval: "month",
          start,
          end: new Date(start.getTime() + 31 * dayMs),
        } as const;
        const billed = random.integer(0, 1) === 0 ? { period } : {};
        await saas().entitlements.assign({ subjectId, tier, status: "active", ...billed });
      },
      async agree() {
        const subjectId = random.pick(subjects);
        const { entitlements, cycles } = saas();
        const id = `d${random.integer(0, 9)}`;
        const give = [
          () => entitlements.startTrial({ subjectId, tier: "pro", days: random.integer(1, 40) }),
          () => entitlements.setAddOn({ subjectId, addOn: "calls", quantity: random.integer(0, 3) }),
          () => entitlements.end({ subjectId }),
          () => cycles.discounts.give({ subjectId, id, name: id, percent: random.integer(1, 99), duration: 2 }),
          () => cycles.discounts.give({ subjectId, id, name: id, amount: random.integer(1, 999), duration: "once" }),
        ];
        await give[random.integer(0, give.length - 1)]?.();
      },
      async close() {
        await saas().cycles.closeDue();
      },
    };
    const often = ["use", "use", "use", "use", "use", "use", "correct", "change", "agree", "close"] as const;
    let steps = 0;
    for (let round = 0; round < rounds; round++) {
      fails = random.integer(0, 1) === 0;
      const chosen = Array.from({ length: random.integer(1, 12) }, () => random.pick(often));
      steps += chosen.length;
      await Promise.all(chosen.map((name) => operations[name]().catch(refused)));
      clock.advance(random.pick([0, 1, 60_000, hourMs, dayMs, 3 * dayMs, 9 * dayMs]));
    }
    fails = false;
    // Past the end of what is under way, and once more past the next one, which charges what came late to the first.
    for (let month = 0; month < 3; month++) {
      clock.advance(32 * dayMs);
      await Promise.all(instances.map(({ cycles }) => cycles.closeDue()));
    }
    const { cycles } = await checkStatements(database, one, subjects);
    expect(cycles).toBeGreaterThan(steps / 50);
    // What was told in a transaction that was rolled back was told to nobody.
    const kept = await database.rows<{ id: string }>(sql`select id from saas_cycles`);
    const committed = new Set(kept.map(({ id }) => id));
    // What was told to others, late use and corrections included, is what was used.
    const used = await database.rows<{ feature: string; used: number | string }>(
      sql`select feature, sum(used) as used from saas_counters group by feature`,
    );
    for (const { feature, used: units } of used) {
      const { kind, decimals } = plans.feature(feature);
      if (kind !== "metered") continue;
      const quantities = [...told].flatMap(([key, quantity]) => {
        const [cycleId = "", , id] = key.split("/");
        return id === feature && committed.has(cycleId) ? [quantity] : [];
      });
      expect(Math.round(quantities.reduce((sum, quantity) => sum + quantity, 0) * 10 ** decimals)).toBe(Number(units));
    }
  }, 120_000);
});
