/** What a plan may promise, and how much of it. */

/** A use that starts again at zero in each period: calls, tokens. */
export interface MeteredFeature {
  readonly kind: "metered";
  readonly name?: string;
  /** Decimals of a quantity, 0 (whole numbers) to 9. Stored as an integer in the smallest unit, like money. */
  readonly decimals?: number;
}

/** A standing count that lasts until it is given back: templates, seats, megabytes. */
export interface AllocatedFeature {
  readonly kind: "allocated";
  readonly name?: string;
  /** As {@link MeteredFeature.decimals}. */
  readonly decimals?: number;
}

/** Something a tier has or has not. */
export interface FlagFeature {
  readonly kind: "flag";
  readonly name?: string;
}

/** A fixed word or number of a tier, such as its SLA. */
export interface StaticFeature {
  readonly kind: "static";
  readonly name?: string;
}

export type FeatureDefinition = MeteredFeature | AllocatedFeature | FlagFeature | StaticFeature;
export type FeatureKind = FeatureDefinition["kind"];

/** What a static feature may say. */
export type StaticValue = string | number | null;

type IdsOfKind<Features extends Record<string, FeatureDefinition>, Kind extends FeatureKind> = {
  [Id in keyof Features]: Features[Id]["kind"] extends Kind ? Id : never;
}[keyof Features];

/** Features that are counted, so have a limit. */
export type CountedId<Features extends Record<string, FeatureDefinition>> = IdsOfKind<
  Features,
  "metered" | "allocated"
>;
export type FlagId<Features extends Record<string, FeatureDefinition>> = IdsOfKind<Features, "flag">;
export type StaticId<Features extends Record<string, FeatureDefinition>> = IdsOfKind<Features, "static">;

/** A feature of a catalog. */
export interface PlanFeature {
  readonly id: string;
  readonly kind: FeatureKind;
  readonly name: string;
  /** Decimals of its quantities; 0 for flags and static values. */
  readonly decimals: number;
}
