import type Stripe from "stripe";
import { invalidRequest, parameterMissing } from "../errors.ts";
import { createIdentifier } from "../identifiers.ts";
import { createProduct } from "../products/products.ts";
import { change, need, type Scope } from "../scope.ts";
import { type MetadataChange, mergeMetadata } from "../server/parameters.ts";
import { wireDecimal } from "./decimals.ts";

interface TierInput {
  up_to: number | "inf";
  unit_amount?: number | undefined;
  unit_amount_decimal?: string | undefined;
  flat_amount?: number | undefined;
  flat_amount_decimal?: string | undefined;
}
export interface PriceInput {
  active?: boolean | undefined;
  billing_scheme?: "per_unit" | "tiered" | undefined;
  currency: string;
  lookup_key?: string | undefined;
  metadata?: MetadataChange | undefined;
  nickname?: string | undefined;
  product?: string | undefined;
  product_data?:
    | {
        id?: string | undefined;
        name: string;
        metadata?: MetadataChange | undefined;
        active?: boolean | undefined;
        unit_label?: string | undefined;
      }
    | undefined;
  recurring?:
    | {
        interval: "day" | "week" | "month" | "year";
        interval_count?: number | undefined;
        usage_type?: "licensed" | "metered" | undefined;
        meter?: string | undefined;
        trial_period_days?: number | undefined;
      }
    | undefined;
  tax_behavior?: "exclusive" | "inclusive" | "unspecified" | undefined;
  tiers?: TierInput[] | undefined;
  tiers_mode?: "graduated" | "volume" | undefined;
  transfer_lookup_key?: boolean | undefined;
  transform_quantity?: { divide_by: number; round: "down" | "up" } | undefined;
  unit_amount?: number | undefined;
  unit_amount_decimal?: string | undefined;
}

/** An amount given either way, in the two fields Stripe answers with: the integer one only when it is whole. */
function amountPair(
  integer: number | undefined,
  decimal: string | undefined,
): { integer: number | null; decimal: Stripe.Decimal | null } {
  if (integer !== undefined) return { integer, decimal: wireDecimal(String(integer)) };
  if (decimal === undefined) return { integer: null, decimal: null };
  const plain = decimal.includes(".") ? decimal.replace(/\.?0+$/, "") : decimal;
  return { integer: plain.includes(".") ? null : Number(plain), decimal: wireDecimal(plain) };
}

function toTiers(input: readonly TierInput[]): Stripe.Price.Tier[] {
  if (input.at(-1)?.up_to !== "inf")
    throw invalidRequest("The last tier must have `up_to` set to `inf`.", { param: "tiers" });
  return input.map((tier) => {
    const unit = amountPair(tier.unit_amount, tier.unit_amount_decimal);
    const flat = amountPair(tier.flat_amount, tier.flat_amount_decimal);
    return {
      flat_amount: flat.integer,
      flat_amount_decimal: flat.decimal,
      unit_amount: unit.integer,
      unit_amount_decimal: unit.decimal,
      up_to: tier.up_to === "inf" ? null : tier.up_to,
    };
  });
}

/** A lookup key names one price; it moves only when the caller asks for that. */
function claimLookupKey(scope: Scope, key: string, transfer: boolean, except?: string): void {
  const [holder] = scope.objects.all("price", { lookup_key: key });
  if (holder === undefined || holder.id === except) return;
  if (!transfer) {
    throw invalidRequest(
      `A price (\`${holder.id}\`) already uses that lookup key. You can transfer it with \`transfer_lookup_key\`.`,
      { code: "resource_already_exists", param: "lookup_key" },
    );
  }
  change(scope, "price", holder, { lookup_key: null }, "price.updated");
}

/** A metered price bills what a meter counted, and a licensed one has none. */
function checkMeter(scope: Scope, { recurring, transform_quantity, billing_scheme }: PriceInput): void {
  if (transform_quantity !== undefined && billing_scheme === "tiered")
    throw invalidRequest("`transform_quantity` cannot be used with tiers.", { param: "transform_quantity" });
  if (recurring?.usage_type !== "metered") {
    if (recurring?.meter !== undefined)
      throw invalidRequest("You may only pass a `meter` when `recurring[usage_type]` is `metered`.", {
        param: "recurring[meter]",
      });
    return;
  }
  if (recurring.meter === undefined)
    throw invalidRequest("Missing required param: recurring[meter]. Metered prices must be backed by a meter.", {
      code: "parameter_missing",
      param: "recurring[meter]",
    });
  if (need(scope, "billing.meter", recurring.meter, "recurring[meter]").status !== "active")
    throw invalidRequest("The meter of a price must be active.", { param: "recurring[meter]" });
}

export function createPrice(scope: Scope, input: PriceInput): Stripe.Price {
  const product =
    input.product_data !== undefined
      ? createProduct(scope, input.product_data)
      : input.product === undefined
        ? undefined
        : need(scope, "product", input.product, "product");
  if (product === undefined) throw parameterMissing("product");
  const tiered = input.billing_scheme === "tiered";
  if (tiered && (input.tiers === undefined || input.tiers_mode === undefined))
    throw parameterMissing(input.tiers === undefined ? "tiers" : "tiers_mode");
  if (!tiered && input.tiers !== undefined)
    throw invalidRequest("`tiers` needs `billing_scheme` to be `tiered`.", { param: "tiers" });
  if (!tiered && input.unit_amount === undefined && input.unit_amount_decimal === undefined) {
    throw invalidRequest("Missing required param: unit_amount.", { code: "parameter_missing", param: "unit_amount" });
  }
  if (input.lookup_key !== undefined) claimLookupKey(scope, input.lookup_key, input.transfer_lookup_key === true);
  const { integer, decimal } = amountPair(input.unit_amount, input.unit_amount_decimal);
  const { recurring } = input;
  checkMeter(scope, input);
  const price = scope.objects.insert("price", {
    id: createIdentifier("price"),
    object: "price",
    active: input.active ?? true,
    billing_scheme: tiered ? "tiered" : "per_unit",
    created: scope.now,
    currency: input.currency,
    custom_unit_amount: null,
    livemode: false,
    lookup_key: input.lookup_key ?? null,
    metadata: mergeMetadata(null, input.metadata),
    nickname: input.nickname ?? null,
    product: product.id,
    recurring:
      recurring === undefined
        ? null
        : {
            interval: recurring.interval,
            interval_count: recurring.interval_count ?? 1,
            meter: recurring.meter ?? null,
            trial_period_days: recurring.trial_period_days ?? null,
            usage_type: recurring.usage_type ?? "licensed",
          },
    tax_behavior: input.tax_behavior ?? "unspecified",
    ...(tiered ? { tiers: toTiers(input.tiers ?? []) } : {}),
    tiers_mode: tiered ? (input.tiers_mode ?? null) : null,
    transform_quantity: input.transform_quantity ?? null,
    type: recurring === undefined ? "one_time" : "recurring",
    unit_amount: integer,
    unit_amount_decimal: decimal,
  });
  scope.emit("price.created", price);
  return price;
}

export function updatePrice(
  scope: Scope,
  id: string,
  input: Pick<PriceInput, "active" | "metadata" | "tax_behavior" | "transfer_lookup_key"> & {
    lookup_key?: string | null | undefined;
    nickname?: string | null | undefined;
  },
): Stripe.Price {
  const price = need(scope, "price", id);
  if (typeof input.lookup_key === "string")
    claimLookupKey(scope, input.lookup_key, input.transfer_lookup_key === true, id);
  const patch: Partial<Stripe.Price> = { metadata: mergeMetadata(price.metadata, input.metadata) };
  if (input.active !== undefined) patch.active = input.active;
  if (input.lookup_key !== undefined) patch.lookup_key = input.lookup_key;
  if (input.nickname !== undefined) patch.nickname = input.nickname;
  if (input.tax_behavior !== undefined) patch.tax_behavior = input.tax_behavior;
  return change(scope, "price", price, patch, "price.updated");
}
