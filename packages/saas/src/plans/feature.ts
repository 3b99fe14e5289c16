/** What a plan may promise, and how much of it. */

/** How events make the quantity that is held against a limit and priced. */
export type Aggregation = "count" | "sum" | "max" | "unique" | "latest" | "time_weighted_sum";

/** How a feature's use is read out of its events. */
export interface MeterDefinition {
  /**
   * `sum` of the quantities unless said otherwise; `count` of the events, `max` and `latest` quantity, `unique` values of
   * {@link MeterDefinition.property}. An allocated feature knows `sum` and `time_weighted_sum` (its level over time, in
   * unit-hours): a level outlives a period, so only a standing count has its whole history.
   */
  readonly aggregation?: Aggregation;
  /** The member of an event's metadata that `unique` tells apart. */
  readonly property?: string;
  /** Members of the metadata by which use can be broken down, such as `["model", "region"]`. */
  readonly dimensions?: readonly string[];
  /** Only events whose metadata has one of these values are counted: `{ status: ["ok", "cached"] }`. */
  readonly filters?: Readonly<Record<string, readonly (string | number | boolean)[]>>;
}

/** What `consume` answers while the database cannot be asked: `refuse` (unless said otherwise) or `allow`. */
export type OutagePolicy = "refuse" | "allow";

interface CountedDefinition {
  readonly name?: string;
  /** Decimals of a quantity, 0 (whole numbers) to 9. Stored as an integer in the smallest unit, like money. */
  readonly decimals?: number;
  readonly outage?: OutagePolicy;
}

/** A use that starts again at zero in each period: calls, tokens. */
interface MeteredFeature extends CountedDefinition {
  readonly kind: "metered";
  readonly meter?: MeterDefinition;
}

/** A standing count that lasts until it is given back: templates, seats, megabytes. */
interface AllocatedFeature extends CountedDefinition {
  readonly kind: "allocated";
  /** `sum`, or `time_weighted_sum` where the time that something is held is what is priced: gigabyte-hours. */
  readonly meter?: MeterDefinition;
}

/** Something a tier has or has not. */
interface FlagFeature {
  readonly kind: "flag";
  readonly name?: string;
}

/** A fixed word or number of a tier, such as its SLA. */
interface StaticFeature {
  readonly kind: "static";
  readonly name?: string;
}

export type FeatureDefinition = MeteredFeature | AllocatedFeature | FlagFeature | StaticFeature;
export type FeatureKind = FeatureDefinition["kind"];
export type FeatureDefinitions = Record<string, FeatureDefinition>;

/** What a static feature may say. */
export type StaticValue = string | number | null;

type IdsOfKind<Features extends FeatureDefinitions, Kind extends FeatureKind> = {
  [Id in keyof Features]: Features[Id]["kind"] extends Kind ? Id : never;
}[keyof Features];

/** Features that are counted, so have a limit. */
export type CountedId<Features extends FeatureDefinitions> = IdsOfKind<Features, "metered" | "allocated">;
export type MeteredId<Features extends FeatureDefinitions> = IdsOfKind<Features, "metered">;
export type FlagId<Features extends FeatureDefinitions> = IdsOfKind<Features, "flag">;
export type StaticId<Features extends FeatureDefinitions> = IdsOfKind<Features, "static">;

/** A meter with nothing left out. */
export interface Meter {
  readonly aggregation: Aggregation;
  readonly property: string | null;
  readonly dimensions: readonly string[];
  readonly filters: Readonly<Record<string, readonly (string | number | boolean)[]>>;
}

/** A feature of a catalog. */
export interface PlanFeature {
  readonly id: string;
  readonly kind: FeatureKind;
  readonly name: string;
  /** Decimals of its quantities; 0 for flags and static values. */
  readonly decimals: number;
  /** null for flags and static values. */
  readonly meter: Meter | null;
  readonly outage: OutagePolicy;
}
