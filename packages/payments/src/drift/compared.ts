import type { MirrorTarget } from "../mirrors/mirrors.ts";

/** What is compared of an object, by name. */
export type Shown = Readonly<Record<string, string | number | boolean | null>>;

/** An object as we have it beside what Stripe has; null where there is none. */
export interface Compared {
  readonly target: MirrorTarget;
  readonly ours: Shown | null;
  readonly theirs: Shown | null;
}
