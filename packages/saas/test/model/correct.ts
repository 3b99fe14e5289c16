/** Taking back and mending what was counted. */
import { expect } from "vitest";
import { anInstance, type Operation, oneOf, quantityOf, refusedOr } from "./world.ts";

export const voidEvent: Operation = {
  name: "void",
  weight: 4,
  async run(world) {
    const event = oneOf(world, world.book.events);
    if (event === undefined) return;
    // Twice at once, as of a client that repeats.
    const answers = await Promise.all(world.instances.map(({ meters }) => refusedOr(meters.void(event))));
    const changed = answers.filter((answer) => {
      // More of a standing count was given back than would be left.
      if ("code" in answer) expect(answer.code).toBe("usage_below_zero");
      return "changed" in answer && answer.changed;
    });
    expect(changed.length).toBeLessThanOrEqual(event.voided ? 0 : 1);
    if (changed.length > 0) Object.assign(event, { voided: true, units: 0 });
  },
};

export const replace: Operation = {
  name: "replace",
  weight: 4,
  async run(world) {
    const event = oneOf(world, world.book.events);
    if (event === undefined) return;
    const { random } = world;
    const units = event.feature === "user" ? 1 : random.integer(0, 6);
    const metadata = event.feature === "user" ? { user: random.integer(1, 12), team: "z" } : { note: "mended" };
    const { subjectId, id, feature } = event;
    const mended = { subjectId, id, quantity: quantityOf(feature, units), metadata };
    const result = await refusedOr(anInstance(world).meters.replace(mended));
    if (event.voided) expect(result).toEqual({ code: "event_voided" });
    else if ("code" in result) expect(result.code).toBe("usage_below_zero");
    else event.units = units;
  },
};
