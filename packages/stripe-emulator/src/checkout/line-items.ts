import type Stripe from "stripe";
import { couponOf, reductionOf } from "../coupons/discounts.ts";
import { reduce } from "../coupons/reduction.ts";
import { invalidRequest, parameterMissing } from "../errors.ts";
import { createIdentifier } from "../identifiers.ts";
import { priceAmount } from "../prices/price-amount.ts";
import { createPrice, type PriceInput } from "../prices/prices.ts";
import { need, type Scope } from "../scope.ts";
import { idOf } from "../store/kinds.ts";

export interface LineItemInput {
  price?: string | undefined;
  price_data?: PriceInput | undefined;
  quantity?: number | undefined;
}

/** What is on sale, as it is kept; prices without their tiers. */
export function createLineItems(
  scope: Scope,
  mode: "payment" | "setup" | "subscription",
  inputs: readonly LineItemInput[],
): Stripe.LineItem[] {
  return inputs.map((input, index) => {
    const param = `line_items[${index}]`;
    const price =
      input.price_data === undefined
        ? need(scope, "price", input.price ?? "", `${param}[price]`)
        : createPrice(scope, input.price_data);
    if (!price.active) throw invalidRequest("The price specified is inactive.", { param: `${param}[price]` });
    if (mode === "payment" && price.type === "recurring")
      throw invalidRequest(
        "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices.",
        { param: `${param}[price]` },
      );
    const metered = price.recurring?.usage_type === "metered";
    if (!metered && input.quantity === undefined) throw parameterMissing(`${param}[quantity]`);
    if (metered && input.quantity !== undefined)
      throw invalidRequest("You cannot set a quantity for a metered price.", { param: `${param}[quantity]` });
    const { tiers: _tiers, ...shown } = price;
    const amount = metered ? 0 : Number(priceAmount(price, input.quantity ?? 1));
    return {
      id: createIdentifier("li"),
      object: "item",
      adjustable_quantity: null,
      amount_discount: 0,
      amount_subtotal: amount,
      amount_tax: 0,
      amount_total: amount,
      currency: price.currency,
      description: scope.objects.find("product", idOf(price.product) ?? "")?.name ?? null,
      metadata: {},
      price: shown,
      quantity: metered ? null : (input.quantity ?? 1),
    };
  });
}

/** The items with what discounts take off them. */
export function discountItems(
  scope: Scope,
  items: readonly Stripe.LineItem[],
  discounts: readonly Stripe.Discount[],
): Stripe.LineItem[] {
  for (const discount of discounts) {
    const { currency } = couponOf(scope, discount);
    if (currency !== null && items.some((item) => item.currency !== currency))
      throw invalidRequest(`The coupon is for ${currency}.`, { param: "discounts" });
  }
  const off = reduce(
    items.map((item) => ({
      amount: item.amount_subtotal,
      discountable: true,
      product: idOf(item.price?.product),
    })),
    discounts.map((discount) => reductionOf(scope, discount)),
  );
  return items.map((item, at) => {
    const amount_discount = off.reduce((sum, each) => sum + (each[at] ?? 0), 0);
    return { ...item, amount_discount, amount_total: item.amount_subtotal - amount_discount };
  });
}
