import { createFacts, dayMs, hourMs, minuteMs } from "@revops/core";
import { openDatabase, type Tx } from "@revops/database";
import { type Random, seededRandom } from "@revops/testing";
import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, onTestFinished, test } from "vitest";
import { alone, checks, operations } from "../test/model/all.ts";
import { bookedUnits } from "../test/model/checks.ts";
import { modelPlans, summed } from "../test/model/plans.ts";
import { type ModelWorld, type Operation, unitsOf } from "../test/model/world.ts";
import { checkStatements, statedUse } from "../test/statements.ts";
import { openWorld } from "../test/world.ts";
import { createSaas, type SaasFacts } from "./index.ts";

/** On both databases together more than 10,000; any number with STEPS. */
const stepsOn = { sqlite: 7_000, postgres: 3_500 };
/** How many steps are under way at once, at most. */
const atOnce = 80;
/** After how many steps everything is added up. */
const blockOf = 1_000;
/** Before a leap day, a change to summer time and months of every length. */
const starts = [
  "2026-01-31T12:00:00Z",
  "2028-01-31T23:59:59.999Z",
  "2026-02-27T00:00:00Z",
  "2026-08-31T21:30:00Z",
] as const;
const subjects = ["usr_1", "usr_2", "usr_3"] as const;

/** Each as often as it weighs. */
const urnOf = (all: readonly Operation[]) =>
  all.flatMap((operation) => new Array<Operation>(operation.weight).fill(operation));
const [together, byItself] = [urnOf(operations), urnOf(alone)];

function anyOf(random: Random, urn: readonly Operation[]): Operation {
  return urn[random.integer(0, urn.length - 1)] as Operation;
}

forEachDatabase("whatever happens in whatever order", (open, dialect) => {
  const steps = Number(process.env["STEPS"] ?? stepsOn[dialect]);
  test(
    `${steps} steps: nothing is counted twice, nothing is lost, and everything adds up`,
    async () => {
      const random = seededRandom(`${steps} steps on ${dialect}`);
      const { database, url, clock } = await openWorld(open);
      clock.set(random.pick(starts));
      const second = openDatabase({ url });
      onTestFinished(() => second.close());
      const told: ModelWorld["book"]["told"] = new Map();
      const facts = createFacts<SaasFacts, Tx>();
      facts.on("cycle.closed", async (_tx, { cycleId, usage }) => {
        if (world.closingFails && random.integer(0, 2) === 0) throw new Error("the process is gone");
        for (const { feature, quantity } of usage) told.set(`${cycleId}/${feature}`, Number(quantity));
      });
      const instances = [
        createSaas({ database, clock, plans: modelPlans, facts }),
        createSaas({ database: second, clock, plans: modelPlans, facts }),
      ] as const;
      for (const subjectId of subjects) await instances[0].entitlements.open({ subjectId });
      const world: ModelWorld = {
        ...{ random, clock, url, database, instances, subjects },
        book: { events: new Map(), nameless: new Map(), holds: new Map(), credits: new Map(), told },
        busy: new Set(),
        closingFails: false,
      };
      let latest = clock.now().getTime();
      for (let done = 0, block = blockOf; done < steps; ) {
        world.busy.clear();
        world.closingFails = random.integer(0, 1) === 0;
        const round = Math.min(random.integer(1, atOnce), steps - done);
        await Promise.all(Array.from({ length: round }, () => anyOf(random, together).run(world)));
        done += round;
        for (let count = random.integer(0, 4); count > 0 && done < steps; count -= 1, done += 1) {
          await anyOf(random, byItself).run(world);
        }
        clock.advance(random.pick([0, 1, minuteMs, hourMs, dayMs, 3 * dayMs]));
        latest = Math.max(latest, clock.now().getTime());
        // A clock that is put back, as a virtual machine's may be: by a minute in all, for which a cycle waits before it is closed.
        if (random.integer(0, 19) === 0) {
          await sweepAll(world);
          clock.set(new Date(latest - minuteMs));
        }
        if (done < block) continue;
        for (const check of checks) await check.run(world);
        block += blockOf;
      }
      await atTheEnd(world);
    },
    60_000 + steps * 40,
  );
});

/** When all is over: what is still reserved has expired, and every cycle is closed, once more for what came late to it. */
async function atTheEnd(world: ModelWorld): Promise<void> {
  const { clock, instances, database, book } = world;
  world.closingFails = false;
  for (let month = 0; month < 3; month++) {
    clock.advance(32 * dayMs);
    await sweepAll(world);
    await Promise.all(instances.map(({ cycles }) => cycles.closeDue()));
  }
  for (const check of checks) await check.run(world);
  await checkStatements(database, instances[1], subjects);
  // The book, the statements, and what others were told by transactions that were not rolled back, are of one use.
  const kept = await database.rows<{ id: string; subject_id: string }>(sql`select id, subject_id from saas_cycles`);
  for (const feature of summed) {
    if (modelPlans.feature(feature).kind !== "metered") continue;
    for (const subjectId of subjects) {
      const used = bookedUnits(world, subjectId, feature);
      const stated = await statedUse(instances[0], subjectId, feature);
      const told = kept
        .filter((cycle) => cycle.subject_id === subjectId)
        .reduce((sum, { id }) => sum + (book.told.get(`${id}/${feature}`) ?? 0), 0);
      expect([unitsOf(feature, stated), unitsOf(feature, told)], `${subjectId}/${feature}`).toEqual([used, used]);
    }
  }
}

/** Gives back what has expired; that it did not expire is said by no clock that is put back later. */
async function sweepAll({ instances, clock, book }: ModelWorld): Promise<void> {
  while ((await instances[0].quotas.sweep()) > 0);
  for (const hold of book.holds.values()) if (hold.expiresAt <= clock.now()) hold.expiresAt = new Date(0);
}
