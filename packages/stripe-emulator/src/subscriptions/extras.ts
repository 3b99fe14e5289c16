import type Stripe from "stripe";
import { invalidRequest } from "../errors.ts";
import { createIdentifier } from "../identifiers.ts";
import { wireDecimal } from "../prices/decimals.ts";
import { priceAmount } from "../prices/price-amount.ts";
import { need, type Scope } from "../scope.ts";
import { idOf } from "../store/kinds.ts";

/** Something that is paid once, with the next invoice of a subscription. */
export interface ExtraInput {
  price?: string | undefined;
  quantity?: number | undefined;
}

/** Adds one-time prices to the next invoice of a subscription: set-up fees and the like. */
export function addInvoiceItems(scope: Scope, subscription: Stripe.Subscription, extras: readonly ExtraInput[]): void {
  for (const [index, { price: priceId = "", quantity = 1 }] of extras.entries()) {
    const param = `add_invoice_items[${index}][price]`;
    const price = need(scope, "price", priceId, param);
    if (price.type !== "one_time")
      throw invalidRequest("The price of an additional invoice item must be a one-time price.", { param });
    const product = scope.objects.find("product", idOf(price.product) ?? "");
    const item = scope.objects.insert("invoiceitem", {
      id: createIdentifier("ii"),
      object: "invoiceitem",
      amount: Number(priceAmount(price, quantity)),
      currency: price.currency,
      customer: idOf(subscription.customer) ?? "",
      customer_account: null,
      date: scope.now,
      description: product?.name ?? null,
      discountable: true,
      discounts: [],
      invoice: null,
      livemode: false,
      metadata: {},
      parent: { type: "subscription_details", subscription_details: { subscription: subscription.id } },
      period: { start: scope.now, end: scope.now },
      pricing: {
        type: "price_details",
        price_details: { price: price.id, product: idOf(price.product) ?? "" },
        unit_amount_decimal: price.unit_amount_decimal,
      },
      proration: false,
      quantity,
      quantity_decimal: wireDecimal(String(quantity)),
      tax_rates: [],
      test_clock: idOf(subscription.test_clock),
    });
    scope.emit("invoiceitem.created", item);
  }
}
