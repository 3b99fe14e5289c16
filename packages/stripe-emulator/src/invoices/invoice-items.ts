import type Stripe from "stripe";
import { invalidRequest, parameterMissing } from "../errors.ts";
import { createIdentifier } from "../identifiers.ts";
import { wireDecimal } from "../prices/decimals.ts";
import { priceAmount } from "../prices/price-amount.ts";
import { change, need, type Scope } from "../scope.ts";
import { createdParameters, page } from "../server/pages.ts";
import {
  currency,
  flag,
  hash,
  integer,
  type MetadataChange,
  mergeMetadata,
  metadata,
  required,
  text,
  timestamp,
} from "../server/parameters.ts";
import { type Route, route } from "../server/route.ts";
import { idOf } from "../store/kinds.ts";
import { onCustomersClock } from "../subscriptions/subscriptions.ts";
import { withLines } from "./invoices.ts";
import { invoiceItemLine } from "./lines.ts";

interface InvoiceItemInput {
  customer: string;
  amount?: number | undefined;
  currency?: string | undefined;
  description?: string | undefined;
  discountable?: boolean | undefined;
  invoice?: string | undefined;
  metadata?: MetadataChange | undefined;
  period?: { start: number; end: number } | undefined;
  pricing?: { price: string } | undefined;
  quantity?: number | undefined;
  subscription?: string | undefined;
}

/** What it costs: an amount, or a quantity of a one-time price. */
function costOf(scope: Scope, input: InvoiceItemInput): Pick<Stripe.InvoiceItem, "amount" | "currency" | "pricing"> {
  if (input.pricing === undefined) {
    if (input.amount === undefined) throw parameterMissing("amount");
    if (input.currency === undefined) throw parameterMissing("currency");
    return { amount: input.amount, currency: input.currency, pricing: null };
  }
  if (input.amount !== undefined)
    throw invalidRequest("You may only specify one of these parameters: amount, pricing.", { param: "amount" });
  const price = need(scope, "price", input.pricing.price, "pricing[price]");
  if (price.type !== "one_time")
    throw invalidRequest("The price of an invoice item must be a one-time price.", { param: "pricing[price]" });
  return {
    amount: Number(priceAmount(price, input.quantity ?? 1)),
    currency: price.currency,
    pricing: {
      type: "price_details",
      price_details: { price: price.id, product: idOf(price.product) ?? "" },
      unit_amount_decimal: price.unit_amount_decimal,
    },
  };
}

/** Something to pay that waits for the customer's next invoice, or goes onto a draft at once. */
function createInvoiceItem(requestScope: Scope, input: InvoiceItemInput): Stripe.InvoiceItem {
  const customer = need(requestScope, "customer", input.customer, "customer");
  const scope = onCustomersClock(requestScope, customer.id);
  const draft = input.invoice === undefined ? undefined : need(scope, "invoice", input.invoice, "invoice");
  if (draft !== undefined && draft.status !== "draft")
    throw invalidRequest("Invoice items can only be added to a draft.", {
      code: "invoice_not_editable",
      param: "invoice",
    });
  if (input.subscription !== undefined) need(scope, "subscription", input.subscription, "subscription");
  const item = scope.objects.insert("invoiceitem", {
    id: createIdentifier("ii"),
    object: "invoiceitem",
    ...costOf(scope, input),
    customer: customer.id,
    customer_account: null,
    date: scope.now,
    description: input.description ?? null,
    discountable: input.discountable ?? true,
    discounts: [],
    invoice: draft?.id ?? null,
    livemode: false,
    metadata: mergeMetadata(null, input.metadata),
    parent:
      input.subscription === undefined
        ? null
        : { type: "subscription_details", subscription_details: { subscription: input.subscription } },
    period: input.period ?? { start: scope.now, end: scope.now },
    proration: false,
    quantity: input.quantity ?? 1,
    quantity_decimal: wireDecimal(String(input.quantity ?? 1)),
    tax_rates: [],
    test_clock: idOf(customer.test_clock),
  });
  scope.emit("invoiceitem.created", item);
  if (draft !== undefined) withLines(scope, draft, [...draft.lines.data, invoiceItemLine(item)]);
  return item;
}

/** An item that is on no invoice yet, or on a draft. */
function editable(scope: Scope, id: string): Stripe.InvoiceItem {
  const item = need(scope, "invoiceitem", id);
  const invoice = scope.objects.find("invoice", idOf(item.invoice) ?? "");
  if (invoice !== undefined && invoice.status !== "draft")
    throw invalidRequest("This invoice item is on an invoice that is no longer a draft.", {
      code: "invoice_not_editable",
    });
  return item;
}

/** Its line on a draft follows it. `null` takes the line away. */
function follow(scope: Scope, item: Stripe.InvoiceItem, line: Stripe.InvoiceLineItem | null): void {
  const draft = scope.objects.find("invoice", idOf(item.invoice) ?? "");
  if (draft === undefined) return;
  const lines = draft.lines.data.flatMap((one) => {
    const details = one.parent?.invoice_item_details ?? one.parent?.subscription_item_details;
    if (details?.invoice_item !== item.id) return [one];
    return line === null ? [] : [{ ...line, id: one.id }];
  });
  withLines(scope, draft, lines);
}

const editableFields = {
  amount: integer(),
  description: text(),
  discountable: flag(),
  metadata: metadata(),
  period: hash({ start: required(timestamp()), end: required(timestamp()) }),
  quantity: integer(0),
};

export const invoiceItemRoutes: readonly Route[] = [
  route({
    method: "post",
    path: "/v1/invoiceitems",
    parameters: {
      ...editableFields,
      customer: required(text()),
      currency: currency(),
      invoice: text(),
      pricing: hash({ price: required(text()) }),
      subscription: text(),
    },
    handle: ({ scope, params }) => createInvoiceItem(scope, params),
  }),
  route({
    method: "get",
    path: "/v1/invoiceitems",
    parameters: { ...createdParameters, customer: text(), invoice: text(), pending: flag() },
    handle: ({ scope, params }) =>
      page(
        scope,
        "invoiceitem",
        params,
        { customer: params.customer, invoice: params.pending === true ? null : params.invoice },
        "/v1/invoiceitems",
      ),
  }),
  route({
    method: "get",
    path: "/v1/invoiceitems/:id",
    parameters: {},
    handle: ({ scope, id }) => need(scope, "invoiceitem", id),
  }),
  route({
    method: "post",
    path: "/v1/invoiceitems/:id",
    parameters: editableFields,
    handle({ scope, params, id }) {
      const before = editable(scope, id);
      const patch: Partial<Stripe.InvoiceItem> = { metadata: mergeMetadata(before.metadata, params.metadata) };
      if (params.amount !== undefined) patch.amount = params.amount;
      if (params.description !== undefined) patch.description = params.description;
      if (params.discountable !== undefined) patch.discountable = params.discountable;
      if (params.period !== undefined) patch.period = params.period;
      if (params.quantity !== undefined) {
        patch.quantity = params.quantity;
        patch.quantity_decimal = wireDecimal(String(params.quantity));
        const price = scope.objects.find("price", idOf(before.pricing?.price_details?.price) ?? "");
        if (price !== undefined) patch.amount = Number(priceAmount(price, params.quantity));
      }
      const after = change(scope, "invoiceitem", before, patch, null);
      follow(scope, after, invoiceItemLine(after));
      return after;
    },
  }),
  route({
    method: "delete",
    path: "/v1/invoiceitems/:id",
    parameters: {},
    handle({ scope, id }) {
      const item = editable(scope, id);
      follow(scope, item, null);
      scope.objects.remove(id);
      scope.emit("invoiceitem.deleted", item);
      return { id, object: "invoiceitem", deleted: true };
    },
  }),
];
