/** Instances that die. */
import { openDatabase } from "@revops/database";
import { sql } from "drizzle-orm";
import { createSaas } from "../../src/index.ts";
import { modelPlans } from "./plans.ts";
import { anEvent } from "./use.ts";
import { type ModelWorld, noteCounted, noteNameless, type Operation } from "./world.ts";

/**
 * An instance that dies with events and commits under way, in whichever phase: its client repeats them by id to another one.
 * On SQLite, whose file has no connections to cut, its transaction is given up half-way; `killed.ts` kills real processes.
 */
export const crash: Operation = {
  name: "crash",
  weight: 1,
  async run(world) {
    const { random, url, clock, database, subjects, instances } = world;
    const subjectId = random.pick(subjects);
    const batch = random.integer(0, 2 ** 32);
    const events = Array.from({ length: 10 }, (_, n) => ({ ...anEvent(world), id: `crash-${batch}-${n}` }));
    const hold = { subjectId, id: `crash-${batch}`, feature: "token", quantity: 3 } as const;
    if (database.dialect === "sqlite") {
      const attempt = database.transaction(async (tx) => {
        await instances[0].meters.recordMany(subjectId, events, tx);
        const { reservation } = await instances[0].quotas.reserve(hold, tx);
        if (reservation) await instances[0].quotas.commit({ subjectId, id: hold.id, quantity: 2 }, tx);
        throw new Error("the process is gone");
      });
      await attempt.catch(() => undefined);
    } else {
      const own = new URL(url);
      own.searchParams.set("application_name", `doomed-${batch}`);
      const doomed = openDatabase({ url: own.href });
      const saas = createSaas({ database: doomed, clock, plans: modelPlans });
      const answers = events.map((event) => saas.meters.record({ ...event, subjectId }).catch(() => undefined));
      const job = saas.quotas
        .reserve(hold)
        .then(() => saas.quotas.commit({ subjectId, id: hold.id, quantity: 2 }))
        .catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, random.integer(0, 40)));
      await database.rows(sql`
        select pg_terminate_backend(pid) from pg_stat_activity where application_name = ${`doomed-${batch}`}`);
      await Promise.all([...answers, job]);
      await doomed.close();
    }
    await repeat(world, subjectId, events, [hold.id]);
  },
};

/** What a client does that does not know what became of its calls: the same again, by id. */
export async function repeat(
  world: ModelWorld,
  subjectId: string,
  events: readonly (ReturnType<typeof anEvent> & { readonly id: string })[],
  holds: readonly string[],
): Promise<void> {
  const [, { meters, quotas }] = world.instances;
  const again = await meters.recordMany(subjectId, events);
  // What was counted before the crash is a duplicate now, and never refused.
  const rejected = new Set(again.rejected.map(({ id }) => id));
  for (const event of events) if (!rejected.has(event.id)) noteCounted(world, { ...event, subjectId });
  for (const id of holds) {
    const { reservation } = await quotas.reserve({ subjectId, id, feature: "token", quantity: 3 });
    if (!reservation) continue;
    await quotas.commit({ subjectId, id, quantity: 2 });
    noteNameless(world, subjectId, "token", 2);
  }
}
