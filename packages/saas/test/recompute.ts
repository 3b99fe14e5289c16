/**
 * What a customer would do to check a line of a statement: list the events that it names, add them up, and apply the price
 * list. Written without the package's own rating.
 */
import type { EventsReference, FeatureRule, Saas, StatementLine } from "../src/index.ts";

export async function recomputed(
  saas: Pick<Saas, "usage" | "plans">,
  subjectId: string,
  { feature: id, events }: StatementLine,
  tier = "pro",
): Promise<number> {
  if (id === null || events === null) throw new Error("The line names no events.");
  const rule = saas.plans.tier(tier).rules[id];
  const { decimals } = saas.plans.feature(id);
  return rule ? priceOf(rule, await unitsOf(saas, subjectId, events), decimals) : 0;
}

/** The sum of the events that are named, in smallest units. */
export async function unitsOf(
  { usage, plans }: Pick<Saas, "usage" | "plans">,
  subjectId: string,
  { feature, periodStart, firstEntry, lastEntry }: EventsReference,
): Promise<bigint> {
  const scale = 10n ** BigInt(plans.feature(feature).decimals);
  const named = { subjectId, feature, periodStart: periodStart ?? undefined, firstEntry, lastEntry, limit: 100 };
  let units = 0n;
  let after: string | undefined;
  do {
    const page = await usage.events({ ...named, after });
    for (const { quantity } of page.data) units += scaled(quantity, scale);
    after = page.next ?? undefined;
  } while (after !== undefined);
  return units;
}

/** A part of a whole, such as seconds of a period. */
type Part = readonly [part: bigint, whole: bigint];

/** The price of a quantity in smallest units, in minor units, in big integers from end to end. */
export function priceOf(rule: FeatureRule, units: bigint, decimals: number): number {
  return rounded(...exactPriceOf(rule, units, decimals));
}

/** What was left of such a price at one time, less what was left of it at another. */
export function priceOfPart(rule: FeatureRule, units: bigint, decimals: number, from: Part, to: Part): number {
  const [price, unit] = exactPriceOf(rule, units, decimals);
  const left = ([part, whole]: Part) => rounded(price * part, unit * whole);
  return left(from) - left(to);
}

function exactPriceOf({ charge, included }: FeatureRule, units: bigint, decimals: number): Part {
  if (charge === null) return [0n, 1n];
  const scale = 10n ** BigInt(decimals);
  const beyond = units - scaled(included, scale);
  const charged = beyond > 0n ? beyond : 0n;
  // Everything in billionths of a minor unit, times the scale of the quantity.
  const billion = 1_000_000_000n;
  switch (charge.model) {
    case "per_unit":
    case "per_seat":
      return [charged * scaled(charge.unitAmount, billion), billion * scale];
    case "package": {
      const size = scaled(charge.size, scale);
      const count = charge.rounding === "up" ? (charged + size - 1n) / size : charged / size;
      return [count * BigInt(charge.amount), 1n];
    }
    case "volume": {
      const step = charge.tiers.find(({ upTo }) => upTo === null || charged <= scaled(upTo, scale));
      if (!step) throw new Error("A volume price has a last step.");
      const flat = BigInt(step.flatAmount) * billion * scale;
      return [charged * scaled(step.unitAmount, billion) + flat, billion * scale];
    }
    case "graduated": {
      let sum = 0n;
      let left = charged;
      let below = 0n;
      for (const [index, { upTo, unitAmount, flatAmount }] of charge.tiers.entries()) {
        if (index > 0 && left === 0n) break;
        const room = upTo === null ? left : scaled(upTo, scale) - below;
        const here = left < room ? left : room;
        sum += here * scaled(unitAmount, billion) + BigInt(flatAmount) * billion * scale;
        left -= here;
        below += room;
      }
      return [sum, billion * scale];
    }
    default:
      throw new Error(`No arithmetic for ${charge.model}.`);
  }
}

function scaled(text: string, scale: bigint): bigint {
  const [whole = "0", fraction = ""] = text.replace("-", "").split(".");
  const digits = String(scale).length - 1;
  const units = BigInt(whole) * scale + BigInt(fraction.padEnd(digits, "0") || "0");
  return text.startsWith("-") ? -units : units;
}

function rounded(numerator: bigint, denominator: bigint): number {
  return Number((2n * numerator + denominator) / (2n * denominator));
}
