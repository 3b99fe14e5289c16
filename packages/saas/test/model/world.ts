/**
 * The world of the property test, and the book that is kept of it: a plain list of what was answered as done, from which a
 * person could add up by hand what everything has to be. Operations and checks are lists: add yours.
 */
import { isRevopsError } from "@revops/core";
import type { Database } from "@revops/database";
import type { Random, TestClock } from "@revops/testing";
import type { Saas } from "../../src/index.ts";
import { type ModelFeature, modelPlans, type modelTiers } from "./plans.ts";

export type ModelSaas = Saas<ModelFeature, (typeof modelTiers)[number]>;

/** An event that the book knows to be counted. Quantities are in the feature's smallest unit. */
export interface BookedEvent {
  readonly subjectId: string;
  readonly id: string;
  readonly feature: ModelFeature;
  units: number;
  voided: boolean;
}

/** Units that are set aside. */
export interface BookedHold {
  readonly subjectId: string;
  readonly id: string;
  readonly feature: ModelFeature;
  readonly units: number;
  expiresAt: Date;
}

export interface Book {
  /** By subject and id. */
  readonly events: Map<string, BookedEvent>;
  /** What was counted without an id of an event: the sum by subject and feature. */
  readonly nameless: Map<string, number>;
  /** By subject and id; those that were committed or released are struck off. */
  readonly holds: Map<string, BookedHold>;
  /** What was given, by subject and id. */
  readonly credits: Map<string, number>;
  /** What closed cycles told to others, by cycle and feature. */
  readonly told: Map<string, number>;
}

export interface ModelWorld {
  readonly random: Random;
  readonly clock: TestClock;
  readonly url: string;
  readonly database: Database;
  /** Two instances of the package, each with connections and memory of its own. */
  readonly instances: readonly [ModelSaas, ModelSaas];
  readonly subjects: readonly [string, ...string[]];
  readonly book: Book;
  /** What somebody works on in this round, by name: nobody else does, or the last word would be a matter of luck. */
  readonly busy: Set<string>;
  /** Whether who hears of a closed cycle fails at times, as a process does that dies before the commit. */
  closingFails: boolean;
}

/** One thing that may happen, at the same time as others or alone. */
export interface Operation {
  readonly name: string;
  /** How often, beside the others. */
  readonly weight: number;
  run(world: ModelWorld): Promise<void>;
}

/** What must hold whenever everything has come to rest. */
export interface Check {
  readonly name: string;
  run(world: ModelWorld): Promise<void>;
}

export function anInstance({ random, instances }: ModelWorld): ModelSaas {
  return random.pick(instances);
}

/** Notes that an event was counted. @throws where it was counted before */
export function noteCounted({ book: { events } }: ModelWorld, event: Omit<BookedEvent, "voided">): void {
  const name = `${event.subjectId}/${event.id}`;
  if (events.has(name)) throw new Error(`${name} was counted twice`);
  const { subjectId, id, feature, units } = event;
  events.set(name, { subjectId, id, feature, units, voided: false });
}

export function noteNameless({ book: { nameless } }: ModelWorld, subjectId: string, feature: string, units: number) {
  const name = `${subjectId}/${feature}`;
  nameless.set(name, (nameless.get(name) ?? 0) + units);
}

/** One of a map's values that nobody else works on in this round. */
export function oneOf<Value extends object>(
  { random, busy }: ModelWorld,
  all: ReadonlyMap<string, Value>,
): Value | undefined {
  const names = [...all.keys()];
  const name = names[random.integer(0, Math.max(names.length - 1, 0))];
  if (name === undefined || busy.has(name)) return undefined;
  busy.add(name);
  return all.get(name);
}

/** A quantity as callers write it. */
export function quantityOf(feature: ModelFeature, units: number): string {
  const { decimals } = modelPlans.feature(feature);
  return decimals === 0 ? String(units) : (units / 10 ** decimals).toFixed(decimals);
}

/** In the feature's smallest unit; what a verdict or a report says has no more decimals than that. */
export function unitsOf(feature: ModelFeature, quantity: number): number {
  // A sum of doubles may come to a little below nothing, which is rounded to -0.
  return Math.round(quantity * 10 ** modelPlans.feature(feature).decimals) || 0;
}

/** Resolves also for a refusal of the package's own, with its code; anything else is a failure. */
export async function refusedOr<Value>(work: Promise<Value>): Promise<Value | { readonly code: string }> {
  try {
    return await work;
  } catch (error) {
    if (isRevopsError(error)) return { code: error.code };
    throw error;
  }
}
