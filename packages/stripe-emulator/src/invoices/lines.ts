import type Stripe from "stripe";
import { createIdentifier } from "../identifiers.ts";
import { usageOf } from "../meters/usage.ts";
import { decimalText, type ExactAmount, wireDecimal } from "../prices/decimals.ts";
import { priceAmount } from "../prices/price-amount.ts";
import { need, type Scope } from "../scope.ts";
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
  /** A metered quantity may be a fraction. */
  exactQuantity?: ExactAmount | undefined;
  discountable?: boolean | undefined;
  metadata?: Stripe.Metadata | undefined;
  subscription: string | null;
}

function createLine(input: LineInput): Stripe.InvoiceLineItem {
  const { amount, currency, description, period, parent, price, quantity, subscription } = input;
  return {
    id: createIdentifier("il"),
    object: "line_item",
    amount,
    currency,
    description,
    discount_amounts: [],
    discountable: input.discountable ?? false,
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
    quantity_decimal: wireDecimal(
      input.exactQuantity === undefined ? String(quantity) : decimalText(input.exactQuantity),
    ),
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

/** What a line of a metered item is made from. */
type MeteredItem = Pick<Stripe.SubscriptionItem, "id" | "price" | "subscription">;

function subscriptionParent(
  item: MeteredItem,
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

export const isMetered = (item: Pick<Stripe.SubscriptionItem, "price">) =>
  item.price.recurring?.usage_type === "metered";

/** What an item costs for a whole period in advance: a metered one costs nothing before it is used. */
export function itemAmount(scope: Scope, item: Stripe.SubscriptionItem): bigint {
  return isMetered(item) ? 0n : priceAmount(priceOf(scope, item), item.quantity ?? 1);
}

const interval = ({ recurring }: Stripe.Price) =>
  `per ${recurring?.interval_count === 1 ? "" : `${recurring?.interval_count} `}${recurring?.interval}`;

/** What was used of a metered item in a period, at its price. */
export function meteredLine(scope: Scope, customer: string, item: MeteredItem, period: Period): Stripe.InvoiceLineItem {
  const meter = need(scope, "billing.meter", item.price.recurring?.meter ?? "");
  const counted = usageOf(scope, meter, customer, period);
  // Corrections may outweigh what was used; nobody is paid for that.
  const used = counted.units < 0n ? { units: 0n, scale: 0 } : counted;
  return createLine({
    amount: Number(priceAmount(priceOf(scope, item), used)),
    currency: item.price.currency,
    description: `${decimalText(used)} × ${productName(scope, item.price)} (${interval(item.price)})`,
    period,
    parent: subscriptionParent(item, false, null),
    price: item.price,
    quantity: Math.round(Number(decimalText(used))),
    exactQuantity: used,
    discountable: true,
    subscription: item.subscription,
  });
}

/** The time of a trial, for nothing. */
export function trialLine(scope: Scope, item: Stripe.SubscriptionItem, period: Period): Stripe.InvoiceLineItem {
  return createLine({
    amount: 0,
    currency: item.price.currency,
    description: `Free trial for ${item.quantity ?? 1} × ${productName(scope, item.price)}`,
    period,
    parent: subscriptionParent(item, false, null),
    price: item.price,
    quantity: item.quantity ?? 1,
    discountable: true,
    subscription: item.subscription,
  });
}

/** What an item costs from the middle of a period on: the first, shorter period up to a chosen anchor. */
export function partialLine(
  scope: Scope,
  item: Stripe.SubscriptionItem,
  period: Period,
  amount: number,
): Stripe.InvoiceLineItem {
  return { ...recurringLine(scope, item, period), amount, subtotal: amount };
}

/** "1 × Pro (at $29.00 / month)", without trying to match Stripe's wording in every currency. */
export function recurringLine(scope: Scope, item: Stripe.SubscriptionItem, period: Period): Stripe.InvoiceLineItem {
  // In advance, a metered item is a line of nothing.
  const quantity = isMetered(item) ? 0 : (item.quantity ?? 1);
  return createLine({
    amount: Number(itemAmount(scope, item)),
    currency: item.price.currency,
    description: `${quantity} × ${productName(scope, item.price)} (${interval(item.price)})`,
    period,
    parent: subscriptionParent(item, false, null),
    price: item.price,
    quantity,
    discountable: true,
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
    discountable: item.discountable,
    subscription: subscription?.subscription ?? null,
  });
  return { ...line, pricing: item.pricing };
}
