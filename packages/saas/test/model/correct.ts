/** Taking back and mending what was counted. */
import { expect } from "vitest";
import { anInstance, type ModelEvent, type ModelWorld, type Operation } from "./model.ts";

/** A counted event that nobody else corrects in this round. */
function anEventToCorrect({ random, events, correcting }: ModelWorld): ModelEvent | undefined {
  const all = [...events.values()];
  const event = all[random.integer(0, Math.max(all.length - 1, 0))];
  if (event === undefined || correcting.has(event)) return undefined;
  correcting.add(event);
  return event;
}

export const voidEvent: Operation = {
  name: "void",
  weight: 4,
  async run(world) {
    const event = anEventToCorrect(world);
    if (event === undefined) return;
    // Twice at once, as of a client that repeats.
    const attempts = world.instances.map(({ meters }) => meters.void(event));
    const settled = await Promise.allSettled(attempts);
    const done = settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    for (const result of settled) {
      // More of a standing count was given back than would be left.
      if (result.status === "rejected") expect(result.reason).toMatchObject({ code: "usage_below_zero" });
    }
    const changed = done.filter((result) => result.changed);
    expect(changed.length).toBeLessThanOrEqual(event.voided ? 0 : 1);
    if (changed.length > 0) Object.assign(event, { voided: true, quantity: 0 });
  },
};

export const replace: Operation = {
  name: "replace",
  weight: 4,
  async run(world) {
    const { random } = world;
    const event = anEventToCorrect(world);
    if (event === undefined) return;
    const quantity = event.feature === "user" ? 1 : random.integer(0, 6);
    const metadata = event.feature === "user" ? { user: random.integer(1, 12), team: "z" } : { note: "mended" };
    const attempt = anInstance(world).meters.replace({ ...event, quantity, metadata });
    const result = await attempt.catch((error: { code?: string }) => error.code);
    if (event.voided) expect(result).toBe("event_voided");
    else if (typeof result === "string") expect(result).toBe("usage_below_zero");
    else event.quantity = quantity;
  },
};
