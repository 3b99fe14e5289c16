/** Setting units aside, and what becomes of them; some are left to expire. */
import { secondMs } from "@revops/core";
import { summed } from "./plans.ts";
import { anInstance, noteNameless, type Operation, oneOf, quantityOf, refusedOr } from "./world.ts";

export const reserve: Operation = {
  name: "reserve",
  weight: 8,
  async run(world) {
    const { random, subjects, clock, book } = world;
    const [subjectId, feature] = [random.pick(subjects), random.pick(summed)];
    const id = `job-${random.integer(0, 2 ** 40)}`;
    const units = random.integer(1, feature === "gigabyte" ? 700 : 20);
    // To beyond the period's edge, at times.
    const expiresInSeconds = random.pick([1, 3_600, 100_000, 604_800]);
    const asked = { subjectId, id, feature, quantity: quantityOf(feature, units), expiresInSeconds };
    const { reservation } = await anInstance(world).quotas.reserve(asked);
    const expiresAt = new Date(clock.now().getTime() + expiresInSeconds * secondMs);
    if (reservation) book.holds.set(`${subjectId}/${id}`, { subjectId, id, feature, units, expiresAt });
  },
};

export const settle: Operation = {
  name: "commit or release",
  weight: 7,
  async run(world) {
    const { random, instances, book } = world;
    const hold = oneOf(world, book.holds);
    if (hold === undefined) return;
    const { subjectId, id, feature } = hold;
    const name = `${subjectId}/${id}`;
    if (random.integer(0, 2) === 0) {
      await Promise.all(instances.map(({ quotas }) => quotas.release({ subjectId, id })));
      book.holds.delete(name);
      return;
    }
    const units = random.integer(0, hold.units + 3);
    const commit = {
      ...{ subjectId, id, quantity: quantityOf(feature, units) },
      beyond: random.pick(["refuse", "count"] as const),
    };
    // Of the same two, one may come before a neighbour gives room, and the other after.
    const answers = await Promise.all(instances.map(({ quotas }) => refusedOr(quotas.commit(commit))));
    if (answers.every((answer) => "code" in answer)) return;
    noteNameless(world, subjectId, feature, units);
    book.holds.delete(name);
  },
};

export const sweep: Operation = {
  name: "sweep",
  weight: 1,
  run: async (world) => void (await anInstance(world).quotas.sweep()),
};
