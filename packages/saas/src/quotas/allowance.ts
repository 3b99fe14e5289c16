/**
 * What one use draws from, in the order that a customer is promised: what the plan includes, then credits, then overage.
 * All or nothing. Pure: the balances are read and locked before, and written after. Integers in the smallest units.
 */

import type { CreditSource } from "../credits/credit-source.ts";
import { unitsOf } from "../credits/credit-source.ts";
import type { Refusal } from "../metering/admission.ts";
import type { SpendCapKind, SpendGuard } from "./spend.ts";

/** A cap inside the period: 50 a day of 300 a month. */
export interface WindowAllowance {
  readonly interval: "hour" | "day";
  readonly limit: number;
  readonly used: number;
  readonly endsAt: Date;
}

/** Where a feature stands. */
export interface Allowance {
  /** In the period, reserved units included. */
  readonly used: number;
  /** Of `used`, what credits paid for. */
  readonly credited: number;
  /** Of `used`, what is only reserved; only known where units may come back. */
  readonly held: number;
  /** Up to where the plan lets it be used; null is unlimited. */
  readonly limit: number | null;
  /** Up to where that costs nothing, never above the limit: from there on credits pay before anything is billed. */
  readonly free: number | null;
  /** Whether more than the limit is admitted, as overage. */
  readonly soft: boolean;
  readonly windows: readonly WindowAllowance[];
  /** Credits that it may draw from, in the order in which they are drawn. */
  readonly sources: readonly CreditSource[];
  /** The customer's own caps on overage. */
  readonly spend: SpendGuard;
}

/** What a use was taken from. The three sum up to its quantity. */
export interface Drawn {
  /** Within the plan's limit. */
  readonly included: number;
  readonly credits: readonly { readonly source: CreditSource; readonly units: number }[];
  readonly overage: number;
}

/** What stood in the way. */
type Obstacle =
  | { readonly kind: "limit" }
  | { readonly kind: "window"; readonly window: WindowAllowance }
  | { readonly kind: "spend_cap"; readonly cap: SpendCapKind };

export type Admission =
  | { readonly refusal: null; readonly drawn: Drawn }
  | { readonly refusal: Refusal; readonly obstacle: Obstacle };

/** Units used beyond what is included and what credits paid for. */
export function overageOf({ used, credited, limit }: Pick<Allowance, "used" | "credited" | "limit">): number {
  return limit === null ? 0 : Math.max(used - credited - limit, 0);
}

/** What is left of a limit, beside what credits paid for; null is unlimited. */
function leftOf(limit: number | null, { used, credited }: Pick<Allowance, "used" | "credited">): number | null {
  return limit === null ? null : Math.max(limit - (used - credited), 0);
}

/** Whether a quantity above zero may be used, and from what. */
export function admit(allowance: Allowance, quantity: number): Admission {
  const { used, soft, windows, sources, spend, limit } = allowance;
  if (!Number.isSafeInteger(used + quantity)) return { refusal: "usage_out_of_range", obstacle: { kind: "limit" } };
  for (const window of windows) {
    if (window.used + quantity > window.limit) {
      return { refusal: "quota_exceeded", obstacle: { kind: "window", window } };
    }
  }
  const drawn = drawUp(allowance, quantity);
  const rest = drawn.overage;
  if (rest > 0 && !soft) {
    const none = limit === 0 && sources.length === 0;
    return { refusal: none ? "not_in_plan" : "quota_exceeded", obstacle: { kind: "limit" } };
  }
  if (rest > 0) {
    const cap = spend.refusal(overageOf(allowance) + rest);
    if (cap !== null) return { refusal: "quota_exceeded", obstacle: { kind: "spend_cap", cap } };
  }
  return { refusal: null, drawn };
}

/**
 * What a quantity is taken from in the order that was promised, whether or not the rest of it may be used: what costs nothing,
 * then credits, then what the plan has a price for within its limit, then overage.
 */
export function drawUp(allowance: Allowance, quantity: number): Drawn {
  const free = Math.min(quantity, leftOf(allowance.free, allowance) ?? quantity);
  const credits = drawFrom(allowance.sources, quantity - free);
  const rest = credits.reduce((left, { units }) => left - units, quantity - free);
  const within = leftOf(allowance.limit, allowance);
  const priced = within === null ? rest : Math.min(rest, Math.max(within - free, 0));
  return { included: free + priced, credits, overage: rest - priced };
}

/** What so many units are drawn from, as far as they are paid for. */
function drawFrom(sources: readonly CreditSource[], quantity: number): Drawn["credits"] {
  const credits: { source: CreditSource; units: number }[] = [];
  let rest = quantity;
  for (const source of sources) {
    if (rest === 0) break;
    const units = Math.min(rest, unitsOf(source));
    if (units === 0) continue;
    credits.push({ source, units });
    rest -= units;
  }
  return credits;
}

/** What a grant that comes after the use pays for: as much as it can of what is billed. */
export function payUp(allowance: Allowance, grant: CreditSource["grant"]): Drawn["credits"] {
  const given = allowance.sources.filter((source) => source.grant === grant);
  return drawFrom(given, beyondFree(allowance));
}

/** Units used beyond what costs nothing and what credits paid for. */
function beyondFree({ used, credited, free }: Pick<Allowance, "used" | "credited" | "free">): number {
  return free === null ? 0 : Math.max(used - credited - free, 0);
}

/**
 * The units that credits get back when `by` units turn out not to have been used. Given back in the reverse of the order
 * of drawing: what is billed first, then credits, then what costs nothing.
 */
export function creditedBack(from: Pick<Allowance, "used" | "credited" | "free">, by: number): number {
  return Math.min(from.credited, Math.max(by - beyondFree(from), 0));
}

/**
 * The most that one use could take now; null is unlimited.
 * Overage under a cap in money is found by halving, since a price need not be one unit's times the quantity.
 */
export function mostOf(allowance: Allowance): number | null {
  const { soft, windows, sources, spend, used, limit } = allowance;
  const ceiling = Math.min(
    Number.MAX_SAFE_INTEGER - used,
    ...windows.map((window) => Math.max(window.limit - window.used, 0)),
  );
  const within = leftOf(limit, allowance);
  if (within === null || (soft && spend.isOpen)) return windows.length > 0 ? ceiling : null;
  const withoutOverage = sources.reduce((sum, source) => sum + unitsOf(source), within);
  if (!soft || withoutOverage >= ceiling) return Math.min(withoutOverage, ceiling);
  const before = overageOf(allowance);
  let [fits, tooMuch] = [0, ceiling - withoutOverage + 1];
  while (tooMuch - fits > 1) {
    const middle = fits + Math.floor((tooMuch - fits) / 2);
    if (spend.refusal(before + middle) === null) fits = middle;
    else tooMuch = middle;
  }
  return withoutOverage + fits;
}
