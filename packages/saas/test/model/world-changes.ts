/** What happens to subjects and to connections meanwhile. */
import { openDatabase } from "@revops/database";
import { sql } from "drizzle-orm";
import { createSaas } from "../../src/index.ts";
import { anInstance, modelPlans, noteCounted, type Operation } from "./model.ts";
import { anEvent } from "./use.ts";

const dayMs = 86_400_000;

export const changeTier: Operation = {
  name: "upgrade or downgrade",
  weight: 3,
  async run(world) {
    const { random, clock, subjects } = world;
    const subjectId = random.pick(subjects);
    const tier = random.pick(["free", "team", "dark"]);
    const start = clock.now();
    const period = { anchor: start, interval: "month", start, end: new Date(start.getTime() + 30 * dayMs) } as const;
    const billed = tier === "team" ? { period } : {};
    await anInstance(world).entitlements.assign({ subjectId, tier, status: "active", ...billed });
  },
};

/**
 * An instance that dies with events under way, in whichever phase: its client repeats them by id to another one. On SQLite,
 * whose file has no connections to cut, its transaction is given up half-way; processes.db.test.ts kills real ones.
 */
export const crash: Operation = {
  name: "crash",
  weight: 1,
  async run(world) {
    const { random, url, clock, database, subjects, instances } = world;
    const subjectId = random.pick(subjects);
    const batch = random.integer(0, 2 ** 32);
    const events = Array.from({ length: 10 }, (_, n) => ({
      ...anEvent(world),
      id: `crash-${batch}-${n}`,
      quantity: 1,
    }));
    if (database.dialect === "sqlite") {
      const attempt = database.transaction(async (tx) => {
        await instances[0].meters.recordMany(subjectId, events, tx);
        throw new Error("the process is gone");
      });
      await attempt.catch(() => undefined);
    } else {
      const own = new URL(url);
      own.searchParams.set("application_name", `doomed-${batch}`);
      const doomed = openDatabase({ url: own.href });
      const saas = createSaas({ database: doomed, clock, plans: modelPlans });
      const answers = events.map((event) => saas.meters.record({ ...event, subjectId }).catch(() => undefined));
      await new Promise((resolve) => setTimeout(resolve, random.integer(0, 40)));
      await database.rows(sql`
        select pg_terminate_backend(pid) from pg_stat_activity where application_name = ${`doomed-${batch}`}`);
      await Promise.all(answers);
      await doomed.close();
    }
    const again = await instances[1].meters.recordMany(subjectId, events);
    // What was counted before the crash is a duplicate now, and never refused.
    const rejected = new Set(again.rejected.map(({ id }) => id));
    for (const event of events) if (!rejected.has(event.id)) noteCounted(world, { ...event, subjectId });
  },
};
