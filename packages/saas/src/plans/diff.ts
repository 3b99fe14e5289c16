/** What changed between two versions of the plans. */
import { canonicalJson } from "@revops/core";
import type { PlanContent } from "./plans.ts";

export interface PlanChange {
  /** What it is about: `tiers.pro.limits.call`, `features.seat`, `addOns.seats.price`. */
  readonly path: string;
  /** undefined where it was not there. */
  readonly from: unknown;
  /** undefined where it is gone. */
  readonly to: unknown;
  /** For limits, prices and flags of a tier: whether the customer gains or loses by it. */
  readonly effect: "better" | "worse" | "neutral";
}

/**
 * Every difference between two catalogs, one for each value, in the order of their paths.
 * @example diffPlans(await saas.planVersions.get("2026-01"), plans) // [{ path: "tiers.pro.limits.call", from: 100_000, to: 50_000, effect: "worse" }]
 */
export function diffPlans(from: PlanContent, to: PlanContent): PlanChange[] {
  const [before, after] = [leavesOf(from), leavesOf(to)];
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths.flatMap((path) => {
    const [a, b] = [before.get(path), after.get(path)];
    return canonicalJson(a) === canonicalJson(b) ? [] : [{ path, from: a, to: b, effect: effectOf(path, a, b) }];
  });
}

/** Every value by its path; members of a list that have an id are told by it. */
function leavesOf({ features, tiers, addOns, pools }: PlanContent): Map<string, unknown> {
  const leaves = new Map<string, unknown>();
  const walk = (path: string, value: unknown): void => {
    if (Array.isArray(value) || typeof value !== "object" || value === null || isMoney(value)) leaves.set(path, value);
    else for (const [name, member] of Object.entries(value)) walk(`${path}.${name}`, member);
  };
  for (const [kind, list] of Object.entries({ features, tiers, addOns, pools })) {
    for (const { id, ...members } of list) walk(`${kind}.${id}`, members);
  }
  return leaves;
}

function isMoney(value: object): value is { amount: number } {
  return "amount" in value && "currency" in value;
}

function effectOf(path: string, from: unknown, to: unknown): PlanChange["effect"] {
  const [kind, , group, ...rest] = path.split(".");
  if (kind !== "tiers" || from === undefined || to === undefined) return "neutral";
  if (group === "limits") return sign(amountOf(to) - amountOf(from));
  if (group === "flags") return to === true ? "better" : "worse";
  const costs = group === "price" || group === "minimumSpend" || rest.at(-1) === "unitAmount";
  return costs && from !== null && to !== null ? sign(amountOf(from) - amountOf(to)) : "neutral";
}

/** null is unlimited. */
function amountOf(value: unknown): number {
  if (value === null) return Number.MAX_VALUE;
  return typeof value === "object" && value !== null && isMoney(value) ? value.amount : Number(value);
}

function sign(gain: number): PlanChange["effect"] {
  if (gain === 0) return "neutral";
  return gain > 0 ? "better" : "worse";
}
