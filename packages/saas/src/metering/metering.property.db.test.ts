import { openDatabase } from "@revops/database";
import { type Random, seededRandom } from "@revops/testing";
import { forEachDatabase } from "@revops/testing/vitest";
import { onTestFinished, test } from "vitest";
import { checks, operations } from "../../test/model/all.ts";
import { type ModelWorld, modelPlans, type Operation } from "../../test/model/model.ts";
import { openWorld } from "../../test/world.ts";
import { createSaas } from "../index.ts";

const dayMs = 86_400_000;
/** On both databases together more than 10,000; any number with STEPS. */
const stepsOn = { sqlite: 7_000, postgres: 3_500 };
/** How many steps are under way at once, at most. */
const atOnce = 80;

/** Each as often as it weighs. */
const urn = operations.flatMap((operation) => new Array<Operation>(operation.weight).fill(operation));

function anOperation(random: Random): Operation {
  return urn[random.integer(0, urn.length - 1)] as Operation;
}

forEachDatabase("whatever happens in whatever order", (open, dialect) => {
  const steps = Number(process.env["STEPS"] ?? stepsOn[dialect]);
  test(
    `${steps} steps: nothing is counted twice, nothing is lost, and everything adds up`,
    async () => {
      const random = seededRandom(`${steps} steps on ${dialect}`);
      const { database, url, clock } = await openWorld(open);
      const second = openDatabase({ url });
      onTestFinished(() => second.close());
      const instances = [
        createSaas({ database, clock, plans: modelPlans }),
        createSaas({ database: second, clock, plans: modelPlans }),
      ] as const;
      const subjects = ["usr_1", "usr_2", "usr_3"] as const;
      for (const subjectId of subjects) await instances[0].entitlements.open({ subjectId });
      const world: ModelWorld = {
        ...{ random, clock, url, database, instances, subjects },
        events: new Map(),
        nameless: new Map(),
        correcting: new Set(),
      };
      for (let done = 0; done < steps; ) {
        const round = Math.min(random.integer(1, atOnce), steps - done);
        world.correcting.clear();
        await Promise.all(Array.from({ length: round }, () => anOperation(random).run(world)));
        done += round;
        clock.advance(random.pick([0, 1, 60_000, 3_600_000, dayMs, 3 * dayMs]));
        // A clock that is put back, as a virtual machine's may be.
        if (random.integer(0, 19) === 0) clock.set(new Date(clock.now().getTime() - 60_000));
      }
      for (const check of checks) await check.run(world);
    },
    60_000 + steps * 20,
  );
});
