/** What a balance is made of by a dimension of its meter. */
import { scaledToNumber } from "@revops/core";
import type { Handle } from "@revops/database";
import { saasErrors } from "../errors.ts";
import { dimensionsOf, meterOf } from "../metering/meter.ts";
import type { PlanFeature } from "../plans/feature.ts";
import { groupsOfCounter } from "./store.ts";

/** Which balance, and by what. */
export interface BreakdownRequest {
  readonly subjectId: string;
  readonly feature: string;
  readonly dimension: string;
  readonly periodStart?: Date | undefined;
}

/** A value of a dimension, with what was used under it. */
export interface BreakdownGroup {
  /** null: the events that did not say. */
  readonly value: string | number | boolean | null;
  /** The sum of the events' quantities, in the feature's unit. */
  readonly quantity: number;
  readonly events: number;
}

/** @throws `unknown_dimension` */
export function checkDimension(feature: PlanFeature, dimension: string): void {
  if (dimensionsOf(meterOf(feature)).includes(dimension)) return;
  throw saasErrors.unknown_dimension({ detail: `"${feature.id}" is not counted by "${dimension}".` });
}

/** The groups of a balance, the largest first. */
export async function breakdownOf(
  handle: Handle,
  counterKey: Buffer,
  dimension: string,
  { decimals }: PlanFeature,
): Promise<BreakdownGroup[]> {
  const groups = await groupsOfCounter(handle, counterKey, dimension);
  return groups
    .filter(({ events }) => events > 0)
    .map(({ value, quantity, events }) => ({
      value: JSON.parse(value) as BreakdownGroup["value"],
      quantity: scaledToNumber(quantity, decimals),
      events,
    }))
    .sort((a, b) => b.quantity - a.quantity || (String(a.value) < String(b.value) ? -1 : 1));
}
