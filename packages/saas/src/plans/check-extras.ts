/** What makes add-ons and pools of credits sound. */
import { money } from "@revops/core";
import type { AddOn, CreditPool } from "./extras.ts";
import type { PlanFeature } from "./feature.ts";
import { checkAmount, checkId, checkName, checkPrice, checkQuantity, invalid, unless } from "./invalid.ts";
import type { CreditAllowance, CreditAllowanceDefinition } from "./tier.ts";

/** The forms of the definitions once their types are inferred away. */
export interface AnyAddOn {
  readonly name: string;
  readonly price: AddOn["price"];
  readonly limits?: Readonly<Record<string, number | undefined>>;
  readonly flags?: Readonly<Record<string, true | undefined>>;
  readonly maxQuantity?: number;
}
export interface AnyCreditPool {
  readonly name?: string;
  readonly decimals?: number;
  readonly rates: Readonly<Record<string, number | string | undefined>>;
}

const defaultPriority = 100;

export function checkAddOn(id: string, definition: AnyAddOn, features: readonly PlanFeature[]): AddOn {
  checkId("add-on", id);
  const { name, price, limits = {}, flags = {}, maxQuantity = null } = definition;
  checkAmount(`The price of "${id}"`, price.amount);
  if (maxQuantity !== null && !(Number.isInteger(maxQuantity) && maxQuantity >= 1 && maxQuantity <= 1_000_000)) {
    throw invalid(`The most of "${id}" that can be had is a whole number from 1 to 1,000,000.`);
  }
  const added: Record<string, number> = {};
  for (const [featureId, quantity] of Object.entries(limits)) {
    const feature = features.find((known) => known.id === featureId);
    if (feature?.kind !== "metered" && feature?.kind !== "allocated") {
      throw invalid(`The add-on "${id}" adds to "${featureId}", which is no counted feature.`);
    }
    if (quantity === undefined) continue;
    checkQuantity(`What "${id}" adds to "${featureId}"`, quantity, feature.decimals);
    added[featureId] = quantity;
  }
  const switched: Record<string, true> = {};
  for (const flag of Object.keys(flags)) {
    if (features.find((known) => known.id === flag)?.kind !== "flag") {
      throw invalid(`The add-on "${id}" switches on "${flag}", which is no flag.`);
    }
    switched[flag] = true;
  }
  return Object.freeze({
    id,
    name: checkName(`The add-on "${id}"`, name),
    price: Object.freeze(unless(`The price of "${id}"`, () => money(price.amount, price.currency))),
    limits: Object.freeze(added),
    flags: Object.freeze(switched),
    maxQuantity,
  });
}

export function checkPools(
  definitions: Readonly<Record<string, AnyCreditPool>>,
  features: readonly PlanFeature[],
): readonly CreditPool[] {
  const drawn = new Map<string, string>();
  const pools = Object.entries(definitions).map(([id, { name = id, decimals = 0, rates }]) => {
    checkId("pool", id);
    if (!Number.isInteger(decimals) || decimals < 0 || decimals > 9) {
      throw invalid(`The decimals of the pool "${id}" must be a whole number from 0 to 9.`);
    }
    const checked: Record<string, string> = {};
    for (const [featureId, rate] of Object.entries(rates)) {
      if (features.find((known) => known.id === featureId)?.kind !== "metered") {
        throw invalid(`The pool "${id}" has a rate for "${featureId}", which is no metered feature.`);
      }
      if (rate === undefined) continue;
      const other = drawn.get(featureId);
      if (other !== undefined) throw invalid(`"${featureId}" draws from two pools, "${other}" and "${id}".`);
      drawn.set(featureId, id);
      checked[featureId] = checkPrice(`The rate of "${featureId}" in the pool "${id}"`, rate);
      if (checked[featureId] === "0") throw invalid(`The rate of "${featureId}" in the pool "${id}" is 0.`);
    }
    return Object.freeze({ id, name, decimals, rates: Object.freeze(checked) });
  });
  return Object.freeze(pools);
}

export function checkAllowances(
  tierId: string,
  credits: Readonly<Record<string, CreditAllowanceDefinition | undefined>>,
  pools: readonly CreditPool[],
): Readonly<Record<string, CreditAllowance>> {
  const checked: Record<string, CreditAllowance> = {};
  for (const [poolId, allowance] of Object.entries(credits)) {
    const pool = pools.find(({ id }) => id === poolId);
    if (!pool) throw invalid(`The tier "${tierId}" has credits of "${poolId}", which is no pool.`);
    if (allowance === undefined) continue;
    const what = `The credits of "${poolId}" in "${tierId}"`;
    const { amount, rollover, priority = defaultPriority } = allowance;
    if (!Number.isInteger(priority) || priority < 0 || priority > 1_000_000) {
      throw invalid(`${what}: a priority is a whole number from 0 to 1,000,000.`);
    }
    const cap = rollover?.cap ?? null;
    checked[poolId] = Object.freeze({
      amount: checkQuantity(what, amount, pool.decimals),
      rollover: rollover
        ? Object.freeze({ cap: cap === null ? null : checkQuantity(`${what}: what rolls over`, cap, pool.decimals) })
        : null,
      priority,
    });
  }
  return Object.freeze(checked);
}
