/** What a price at Stripe says, and how ours are said to Stripe. Pure. A price never changes: another one is another price. */
import { canonicalJson, type DecimalInput, decimal } from "@revops/core";
import Stripe from "stripe";
import { idOf } from "../gateway/objects.ts";
import type { BillingInterval, UsageCharge } from "./plan.ts";

export interface PriceTerms {
  readonly currency: string;
  readonly interval: BillingInterval;
  /** Whose events it prices; null for what is bought by number. */
  readonly meter: string | null;
  readonly charge: UsageCharge;
}

type Params = Omit<Stripe.PriceCreateParams, "product">;

const text = (value: DecimalInput) => decimal(value).toString();

/** Whether Stripe has a price for it: steps and packages of whole units, and at most 12 decimals of a minor unit. */
export function isExpressible(charge: UsageCharge): boolean {
  switch (charge.model) {
    case "per_unit":
      return isFineEnough(charge.unitAmount);
    case "package":
      return isWhole(charge.size);
    default:
      return charge.tiers.every(({ upTo, unitAmount }) => (upTo === null || isWhole(upTo)) && isFineEnough(unitAmount));
  }
}

export function paramsOf({ currency, interval, meter, charge }: PriceTerms): Params {
  const recurring = meter === null ? { interval } : { interval, usage_type: "metered" as const, meter };
  switch (charge.model) {
    case "per_unit":
      return { currency, recurring, ...unitOf(charge.unitAmount) };
    case "package": {
      const divide = { divide_by: Number(charge.size), round: charge.rounding };
      return { currency, recurring, unit_amount: charge.amount, transform_quantity: divide };
    }
    default: {
      const tiers = charge.tiers.map(({ upTo, unitAmount, flatAmount }) => ({
        up_to: upTo === null ? ("inf" as const) : Number(upTo),
        ...unitOf(unitAmount),
        ...(flatAmount === 0 ? {} : { flat_amount: flatAmount }),
      }));
      return { currency, recurring, billing_scheme: "tiered", tiers_mode: charge.model, tiers };
    }
  }
}

/** Whether a price, read with its tiers, says this. */
export function says(price: Stripe.Price, terms: PriceTerms): boolean {
  const read = termsOf(price);
  return read !== null && canonicalJson(read) === canonicalJson({ ...terms, charge: canonical(terms.charge) });
}

function termsOf(price: Stripe.Price): PriceTerms | null {
  const { recurring, currency } = price;
  const interval = known(["month", "year"], recurring?.interval);
  if (recurring?.interval_count !== 1 || interval === null) return null;
  const charge = chargeOf(price);
  return charge && { currency, interval, meter: idOf(recurring.meter), charge };
}

/** How a price of a tier's use is charged, read with its tiers; null where it is none of our models. */
export function chargeOf({ tiers, tiers_mode, transform_quantity, ...price }: Stripe.Price): UsageCharge | null {
  const unit = price.unit_amount_decimal ?? price.unit_amount;
  if (tiers_mode !== null) {
    const model = known(["graduated", "volume"], tiers_mode);
    const steps = (tiers ?? []).map((step) => ({
      upTo: step.up_to === null ? null : String(step.up_to),
      unitAmount: text(String(step.unit_amount_decimal ?? step.unit_amount ?? 0)),
      flatAmount: step.flat_amount ?? 0,
    }));
    return model && { model, tiers: steps };
  }
  if (unit === null) return null;
  if (transform_quantity === null) return { model: "per_unit", unitAmount: text(String(unit)) };
  const rounding = known(["up", "down"], transform_quantity.round);
  const size = String(transform_quantity.divide_by);
  return rounding && { model: "package", size, amount: price.unit_amount ?? 0, rounding };
}

/** The SDK leaves room for words to come. */
function known<const Word extends string>(words: readonly Word[], word: string | undefined): Word | null {
  return words.find((one) => one === word) ?? null;
}

function canonical(charge: UsageCharge): UsageCharge {
  if (charge.model === "per_unit") return { ...charge, unitAmount: text(charge.unitAmount) };
  if (charge.model === "package") return { ...charge, size: text(charge.size) };
  return {
    ...charge,
    tiers: charge.tiers.map(({ upTo, unitAmount, flatAmount }) => ({
      upTo: upTo === null ? null : text(upTo),
      unitAmount: text(unitAmount),
      flatAmount,
    })),
  };
}

function unitOf(unitAmount: string): Pick<Params, "unit_amount" | "unit_amount_decimal"> {
  return isWhole(unitAmount)
    ? { unit_amount: Number(unitAmount) }
    : { unit_amount_decimal: Stripe.Decimal.from(text(unitAmount)) };
}

function isWhole(value: string): boolean {
  return Number.isSafeInteger(Number(value)) && !text(value).includes(".");
}

function isFineEnough(value: string): boolean {
  return (text(value).split(".")[1]?.length ?? 0) <= 12;
}
