import type Stripe from "stripe";
import { createDiscounts, discountsField } from "../coupons/discounts.ts";
import { invalidRequest, StripeFailure } from "../errors.ts";
import { declinedFailure } from "../payment-intents/confirm.ts";
import { attachPaymentMethod, resolvePaymentMethod } from "../payment-methods/payment-methods.ts";
import { change, need, type Scope } from "../scope.ts";
import { createdParameters, page, pageOf, pageParameters } from "../server/pages.ts";
import {
  clearable,
  currency,
  flag,
  hash,
  mergeMetadata,
  metadata,
  oneOf,
  required,
  text,
} from "../server/parameters.ts";
import { type Route, route } from "../server/route.ts";
import { idOf } from "../store/kinds.ts";
import { changeFields } from "../subscriptions/routes.ts";
import { checkMethod, onCustomersClock } from "../subscriptions/subscriptions.ts";
import { abandonPayment, attemptPayment, intentOf } from "./collect.ts";
import {
  createInvoice,
  deleteDraft,
  finalizeInvoice,
  markUncollectible,
  pendingItems,
  voidInvoice,
} from "./invoices.ts";
import { previewInvoice } from "./preview.ts";

/** An invoice with the scope of its customer's clock. */
function invoiceAt(requestScope: Scope, id: string): { scope: Scope; invoice: Stripe.Invoice } {
  const invoice = need(requestScope, "invoice", id);
  return { scope: onCustomersClock(requestScope, idOf(invoice.customer) ?? ""), invoice };
}

/** Collects an open invoice now. A decline is Stripe's 402, and counts as a try. */
export function payInvoice(requestScope: Scope, id: string, method: string | undefined): Stripe.Invoice {
  const found = invoiceAt(requestScope, id);
  const { scope } = found;
  let { invoice } = found;
  if (invoice.status === "paid") throw invalidRequest("Invoice is already paid", { code: "invoice_already_paid" });
  if (invoice.status === "draft") invoice = finalizeInvoice(scope, invoice);
  if (invoice.status !== "open") return need(scope, "invoice", id);
  const intent = attemptPayment(scope, invoice, { method: ownMethod(scope, invoice, method), by: "hand" });
  if (intent.status === "requires_payment_method") {
    if (intent.last_payment_error === null)
      throw invalidRequest("There is no `default_payment_method` set on this Customer or Invoice.", {
        code: "resource_missing",
      });
    throw declinedFailure(scope, intent);
  }
  return need(scope, "invoice", id);
}

/** Over the API nobody can be led to their bank: Stripe answers 402, and the payment waits to be authenticated. */
function actionRequired(intent: Stripe.PaymentIntent): StripeFailure {
  return new StripeFailure(
    402,
    {
      type: "card_error",
      code: "invoice_payment_intent_requires_action",
      message:
        "This payment requires additional user action before it can be completed successfully. Payment can be completed using the PaymentIntent associated with the invoice.",
      payment_intent: intent,
    },
    true,
  );
}

/** A token such as `pm_card_visa` becomes a method of the invoice's customer first. */
function ownMethod(scope: Scope, invoice: Stripe.Invoice, method: string | undefined): string | undefined {
  if (method === undefined) return undefined;
  const found = resolvePaymentMethod(scope, method);
  return found.customer === null ? attachPaymentMethod(scope, found.id, idOf(invoice.customer) ?? "").id : found.id;
}

export const invoiceRoutes: readonly Route[] = [
  route({
    method: "post",
    path: "/v1/invoices/create_preview",
    parameters: {
      customer: text(),
      subscription: text(),
      preview_mode: oneOf("next"),
      subscription_details: hash(changeFields),
    },
    handle: ({ scope, params }) => previewInvoice(scope, params),
  }),
  route({
    method: "post",
    path: "/v1/invoices",
    parameters: {
      customer: required(text()),
      auto_advance: flag(),
      collection_method: oneOf("charge_automatically"),
      currency: currency(),
      default_payment_method: text(),
      description: text(1_500),
      discounts: clearable(discountsField),
      metadata: metadata(),
      pending_invoice_items_behavior: oneOf("exclude", "include"),
      subscription: text(),
    },
    handle({ scope, params }) {
      const customer = need(scope, "customer", params.customer, "customer");
      const clocked = onCustomersClock(scope, customer.id);
      const invoiceCurrency = params.currency ?? customer.currency ?? "usd";
      const subscription =
        params.subscription === undefined
          ? undefined
          : need(scope, "subscription", params.subscription, "subscription");
      const amount = pendingItems(clocked, customer.id, subscription?.id ?? null).reduce(
        (sum, one) => sum + one.amount,
        0,
      );
      return createInvoice(clocked, {
        customer: customer.id,
        subscription,
        reason: "manual",
        currency: invoiceCurrency,
        lines: [],
        ...(params.discounts == null
          ? {}
          : {
              discounts: createDiscounts(clocked, params.discounts, {
                customer: customer.id,
                currency: invoiceCurrency,
                amount,
              }),
            }),
        // Source: https://docs.stripe.com/api/invoices/create (`pending_invoice_items_behavior`)
        takesPending: subscription !== undefined || params.pending_invoice_items_behavior === "include",
        period: { start: clocked.now, end: clocked.now },
        autoAdvance: params.auto_advance ?? false,
        metadata: params.metadata,
        description: params.description,
        defaultPaymentMethod: checkMethod(clocked, customer.id, params.default_payment_method) ?? undefined,
      });
    },
  }),
  route({
    method: "get",
    path: "/v1/invoices",
    parameters: {
      ...createdParameters,
      customer: text(),
      subscription: text(),
      status: oneOf("draft", "open", "paid", "uncollectible", "void"),
    },
    handle: ({ scope, params }) =>
      page(
        scope,
        "invoice",
        params,
        {
          customer: params.customer,
          status: params.status,
          "parent.subscription_details.subscription": params.subscription,
        },
        "/v1/invoices",
      ),
  }),
  route({
    method: "get",
    path: "/v1/invoices/:id",
    parameters: {},
    handle: ({ scope, id }) => need(scope, "invoice", id),
  }),
  route({
    method: "post",
    path: "/v1/invoices/:id",
    parameters: {
      auto_advance: flag(),
      default_payment_method: text(),
      description: text(1_500),
      metadata: metadata(),
    },
    handle({ scope: requestScope, params, id }) {
      const { scope, invoice } = invoiceAt(requestScope, id);
      const patch: Partial<Stripe.Invoice> = { metadata: mergeMetadata(invoice.metadata, params.metadata) };
      if (params.auto_advance !== undefined) patch.auto_advance = params.auto_advance;
      if (params.default_payment_method !== undefined)
        patch.default_payment_method = checkMethod(scope, idOf(invoice.customer) ?? "", params.default_payment_method);
      if (params.description !== undefined) patch.description = params.description;
      return change(scope, "invoice", invoice, patch, "invoice.updated");
    },
  }),
  route({
    method: "delete",
    path: "/v1/invoices/:id",
    parameters: {},
    handle({ scope: requestScope, id }) {
      const { scope, invoice } = invoiceAt(requestScope, id);
      return deleteDraft(scope, invoice);
    },
  }),
  route({
    method: "get",
    path: "/v1/invoices/:id/lines",
    parameters: pageParameters,
    handle: ({ scope, params, id }) =>
      pageOf(need(scope, "invoice", id).lines.data, params, `/v1/invoices/${id}/lines`),
  }),
  route({
    method: "post",
    path: "/v1/invoices/:id/finalize",
    parameters: { auto_advance: flag() },
    handle({ scope: requestScope, id }) {
      const { scope, invoice } = invoiceAt(requestScope, id);
      return finalizeInvoice(scope, invoice);
    },
  }),
  route({
    method: "post",
    path: "/v1/invoices/:id/pay",
    parameters: { payment_method: text(), off_session: flag() },
    handle({ scope, params, id }) {
      const invoice = payInvoice(scope, id, params.payment_method);
      const intent = invoice.status === "open" ? intentOf(scope, invoice) : null;
      if (intent?.status === "requires_action") throw actionRequired(intent);
      return invoice;
    },
  }),
  route({
    method: "post",
    path: "/v1/invoices/:id/void",
    parameters: {},
    handle({ scope: requestScope, id }) {
      const { scope, invoice } = invoiceAt(requestScope, id);
      abandonPayment(scope, invoice.id);
      return voidInvoice(scope, invoice);
    },
  }),
  route({
    method: "post",
    path: "/v1/invoices/:id/mark_uncollectible",
    parameters: {},
    handle({ scope: requestScope, id }) {
      const { scope, invoice } = invoiceAt(requestScope, id);
      return markUncollectible(scope, invoice);
    },
  }),
  route({
    method: "get",
    path: "/v1/invoice_payments",
    parameters: {
      ...pageParameters,
      invoice: text(),
      payment: hash({ type: required(oneOf("payment_intent")), payment_intent: text() }),
      status: oneOf("canceled", "open", "paid"),
    },
    handle: ({ scope, params: { invoice, payment, status, ...params } }) =>
      page(
        scope,
        "invoice_payment",
        params,
        { invoice, status, "payment.payment_intent": payment?.payment_intent },
        "/v1/invoice_payments",
      ),
  }),
];
