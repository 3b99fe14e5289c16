/** The world of the property test, and what must be true of it. Operations and checks are lists: add yours. */
import type { Database } from "@revops/database";
import type { Random, TestClock } from "@revops/testing";
import { definePlans, type Saas } from "../../src/index.ts";

export const modelPlans = definePlans({
  features: {
    call: { kind: "metered" },
    gigabyte: { kind: "metered", decimals: 3 },
    peak: { kind: "metered", meter: { aggregation: "max" } },
    user: { kind: "metered", meter: { aggregation: "unique", property: "user", dimensions: ["team"] } },
    seat: { kind: "allocated" },
  },
  tiers: {
    free: {
      level: 0,
      name: "Free",
      price: { amount: 0, currency: "usd" },
      interval: "month",
      limits: { call: 400, gigabyte: 1.5, peak: 90, user: 8, seat: 5 },
      flags: {},
      values: {},
    },
    team: {
      level: 1,
      name: "Team",
      price: { amount: 4_900, currency: "usd" },
      interval: "month",
      limits: { call: 4_000, gigabyte: null, peak: null, user: 20, seat: 12 },
      flags: {},
      values: {},
    },
    dark: {
      level: 2,
      name: "Dark",
      price: null,
      interval: "year",
      limits: { call: null, gigabyte: null, peak: null, user: null, seat: 0 },
      flags: {},
      values: {},
    },
  },
});
export type ModelSaas = Saas<"call" | "gigabyte" | "peak" | "user" | "seat", "free" | "team" | "dark">;

/** An event that the model knows to be counted. */
export interface ModelEvent {
  readonly subjectId: string;
  readonly id: string;
  readonly feature: string;
  quantity: number;
  voided: boolean;
}

export interface ModelWorld {
  readonly random: Random;
  readonly clock: TestClock;
  readonly url: string;
  readonly database: Database;
  /** Two instances of the package, each with connections and memory of its own. */
  readonly instances: readonly [ModelSaas, ModelSaas];
  readonly subjects: readonly [string, ...string[]];
  /** By subject and id. */
  readonly events: Map<string, ModelEvent>;
  /** Accepted without an id: the sum by subject and feature. */
  readonly nameless: Map<string, number>;
  /** The events that somebody corrects in this round: nobody else does, or the last word would be a matter of luck. */
  readonly correcting: Set<ModelEvent>;
}

/** One thing that may happen, at the same time as others. */
export interface Operation {
  readonly name: string;
  /** How often, beside the others. */
  readonly weight: number;
  run(world: ModelWorld): Promise<void>;
}

/** What must hold when everything has come to rest. */
export interface Check {
  readonly name: string;
  run(world: ModelWorld): Promise<void>;
}

export function anInstance({ random, instances }: ModelWorld): ModelSaas {
  return random.pick(instances);
}

/** Notes that an event was counted. @throws where it was counted before */
export function noteCounted({ events }: ModelWorld, event: Omit<ModelEvent, "voided">): void {
  const name = `${event.subjectId}/${event.id}`;
  if (events.has(name)) throw new Error(`${name} was counted twice`);
  events.set(name, { ...event, voided: false });
}
