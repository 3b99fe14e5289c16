/** What a feature's meter makes of an event's metadata: whether it counts, and what it is grouped under. Pure. */
import type { JsonObject, JsonValue } from "@revops/core";
import { saasErrors } from "../errors.ts";
import type { Meter, PlanFeature } from "../plans/feature.ts";

/** A value of a dimension. */
export interface Group {
  readonly dimension: string;
  /** As JSON, so that 5 and "5" differ; `null` for an event that does not say. */
  readonly value: string;
}

const sum: Meter = { aggregation: "sum", property: null, dimensions: [], filters: {} };
const none: readonly Group[] = [];
const maxValueLength = 255;

/** A feature's meter. */
export function meterOf({ meter }: PlanFeature): Meter {
  return meter ?? sum;
}

/** Whether a balance is the plain sum of its events, with nothing grouped: what most are, and what costs least. */
export function isPlain(feature: PlanFeature): boolean {
  const { aggregation, dimensions } = meterOf(feature);
  return feature.kind === "metered" && (aggregation === "sum" || aggregation === "count") && dimensions.length === 0;
}

/** The dimensions of a meter; the property that a unique count tells apart is one. */
export function dimensionsOf({ property, dimensions }: Meter): readonly string[] {
  return property === null || dimensions.includes(property) ? dimensions : [property, ...dimensions];
}

/** Whether the filters let an event with this metadata by. */
export function matches({ filters }: Meter, metadata: JsonObject | undefined): boolean {
  for (const name in filters) {
    const value = metadata?.[name];
    if (!filters[name]?.some((allowed) => allowed === value)) return false;
  }
  return true;
}

/**
 * What an event is grouped under.
 * @throws `invalid_metadata` where it lacks what a unique count tells apart, or a value is no short text, number or boolean
 */
export function groupsOf(feature: PlanFeature, metadata: JsonObject | undefined): readonly Group[] {
  const meter = meterOf(feature);
  const dimensions = dimensionsOf(meter);
  if (dimensions.length === 0) return none;
  return dimensions.map((dimension) => {
    const value = metadata?.[dimension];
    if (dimension === meter.property && (value === undefined || value === null)) {
      throw saasErrors.invalid_metadata({
        detail: `"${feature.id}" counts different values of "${dimension}", which the event's metadata does not have.`,
      });
    }
    return { dimension, value: valueText(dimension, value) };
  });
}

function valueText(dimension: string, value: JsonValue | undefined): string {
  const text = JSON.stringify(value ?? null);
  // PostgreSQL writes a number with an exponent out, so that it would be another text there.
  const exponent = typeof value === "number" && text.includes("e");
  if (typeof value !== "object" && text.length <= maxValueLength && !exponent) return text;
  if (value === null) return text;
  throw saasErrors.invalid_metadata({
    detail: `"${dimension}" is what use is grouped by: a text of at most ${maxValueLength} characters, a number without an exponent, or a boolean.`,
  });
}
