import type Stripe from "stripe";
import { createIdentifier } from "../identifiers.ts";
import { wireDecimal } from "../prices/decimals.ts";
import { priceAmount } from "../prices/price-amount.ts";
import type { Scope } from "../scope.ts";
import { idOf } from "../store/kinds.ts";
import { priceOf } from "../subscriptions/items.ts";

export interface Period {
  start: number;
  end: number;
}

interface LineInput {
  amount: number;
  currency: string;
  description: string;
  period: Period;
  parent: Stripe.InvoiceLineItem.Parent | null;
  price: Stripe.Price | null;
  quantity: number;
  metadata?: Stripe.Metadata | undefined;
  subscription: string | null;
}

export function createLine(input: LineInput): Stripe.InvoiceLineItem {
  const { amount, currency, description, period, parent, price, quantity, subscription } = input;
  return {
    id: createIdentifier("il"),
    object: "line_item",
    amount,
    currency,
    description,
    discount_amounts: [],
    discountable: false,
    discounts: [],
    invoice: null,
    livemode: false,
    metadata: input.metadata ?? {},
    parent,
    period,
    pretax_credit_amounts: [],
    pricing:
      price === null
        ? null
        : {
            type: "price_details",
            price_details: { price: price.id, product: idOf(price.product) ?? "" },
            unit_amount_decimal: price.unit_amount_decimal,
          },
    quantity,
    quantity_decimal: wireDecimal(String(quantity)),
    subscription,
    subtotal: amount,
    taxes: [],
  };
}

function productName(scope: Scope, price: Stripe.Price): string {
  const product = idOf(price.product);
  return (product === null ? undefined : scope.objects.find("product", product)?.name) ?? "Subscription";
}

const day = (seconds: number) =>
  new Date(seconds * 1000).toLocaleDateString("en-GB", {
    day: "numeric",
    month: "short",
    year: "numeric",
    timeZone: "UTC",
  });

function subscriptionParent(
  item: Stripe.SubscriptionItem,
  proration: boolean,
  invoiceItem: string | null,
): Stripe.InvoiceLineItem.Parent {
  return {
    type: "subscription_item_details",
    invoice_item_details: null,
    subscription_item_details: {
      invoice_item: invoiceItem,
      proration,
      proration_details: proration ? { credited_items: null } : null,
      subscription: item.subscription,
      subscription_item: item.id,
    },
  };
}

/** What an item costs for a whole period. */
export function itemAmount(scope: Scope, item: Stripe.SubscriptionItem): bigint {
  return priceAmount(priceOf(scope, item), item.quantity ?? 1);
}

/** "1 × Pro (at $29.00 / month)", without trying to match Stripe's wording in every currency. */
export function recurringLine(scope: Scope, item: Stripe.SubscriptionItem, period: Period): Stripe.InvoiceLineItem {
  const quantity = item.quantity ?? 1;
  const every = item.price.recurring;
  return createLine({
    amount: Number(itemAmount(scope, item)),
    currency: item.price.currency,
    description: `${quantity} × ${productName(scope, item.price)} (per ${every?.interval_count === 1 ? "" : `${every?.interval_count} `}${every?.interval})`,
    period,
    parent: subscriptionParent(item, false, null),
    price: item.price,
    quantity,
    subscription: item.subscription,
  });
}

/** Money back for the rest of a period on an old price (negative), or money for it on a new one. */
export function prorationLine(
  scope: Scope,
  item: Stripe.SubscriptionItem,
  kind: "unused" | "remaining",
  amount: number,
  period: Period,
  invoiceItem: string | null = null,
): Stripe.InvoiceLineItem {
  const what = kind === "unused" ? "Unused time on" : "Remaining time on";
  const quantity = item.quantity ?? 1;
  const name = `${quantity === 1 ? "" : `${quantity} × `}${productName(scope, item.price)}`;
  return createLine({
    amount,
    currency: item.price.currency,
    description: `${what} ${name} after ${day(period.start)}`,
    period,
    parent: subscriptionParent(item, true, invoiceItem),
    price: item.price,
    quantity,
    subscription: item.subscription,
  });
}

/** An invoice item that waits for its customer's next invoice, as the line it becomes there. */
export function invoiceItemLine(item: Stripe.InvoiceItem): Stripe.InvoiceLineItem {
  const subscription = item.parent?.subscription_details ?? null;
  const line = createLine({
    amount: item.amount,
    currency: item.currency,
    description: item.description ?? "",
    period: item.period,
    parent:
      subscription?.subscription_item === undefined
        ? {
            type: "invoice_item_details",
            invoice_item_details: {
              invoice_item: item.id,
              proration: item.proration,
              proration_details: null,
              subscription: null,
            },
            subscription_item_details: null,
          }
        : {
            type: "subscription_item_details",
            invoice_item_details: null,
            subscription_item_details: {
              invoice_item: item.id,
              proration: item.proration,
              proration_details: { credited_items: null },
              subscription: subscription.subscription,
              subscription_item: subscription.subscription_item,
            },
          },
    price: null,
    quantity: item.quantity,
    metadata: item.metadata ?? {},
    subscription: subscription?.subscription ?? null,
  });
  return { ...line, pricing: item.pricing };
}
