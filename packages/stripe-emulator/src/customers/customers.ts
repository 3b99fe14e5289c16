import type Stripe from "stripe";
import { invalidRequest } from "../errors.ts";
import { createIdentifier, randomText } from "../identifiers.ts";
import { attachPaymentMethod } from "../payment-methods/payment-methods.ts";
import { change, need, onClock, type Scope } from "../scope.ts";
import { type AddressInput, toAddress } from "../server/fields.ts";
import { type MetadataChange, mergeMetadata } from "../server/parameters.ts";
import { idOf } from "../store/kinds.ts";

export interface CustomerInput {
  address?: AddressInput | null | undefined;
  balance?: number | undefined;
  description?: string | null | undefined;
  email?: string | null | undefined;
  invoice_prefix?: string | undefined;
  invoice_settings?:
    | { default_payment_method?: string | null | undefined; footer?: string | null | undefined }
    | undefined;
  metadata?: MetadataChange | undefined;
  name?: string | null | undefined;
  next_invoice_sequence?: number | undefined;
  payment_method?: string | undefined;
  phone?: string | null | undefined;
  preferred_locales?: string[] | null | undefined;
  shipping?: { address: AddressInput; name: string; phone?: string | null | undefined } | null | undefined;
  tax_exempt?: "exempt" | "none" | "reverse" | null | undefined;
  test_clock?: string | undefined;
}

/** The fields an input changes: an absent one stays, null clears. */
function fieldsOf(input: CustomerInput): Partial<Stripe.Customer> {
  const fields: Partial<Stripe.Customer> = {};
  if (input.address !== undefined) fields.address = input.address && toAddress(input.address);
  if (input.balance !== undefined) fields.balance = input.balance;
  if (input.description !== undefined) fields.description = input.description;
  if (input.email !== undefined) fields.email = input.email;
  if (input.invoice_prefix !== undefined) fields.invoice_prefix = input.invoice_prefix;
  if (input.name !== undefined) fields.name = input.name;
  if (input.next_invoice_sequence !== undefined) fields.next_invoice_sequence = input.next_invoice_sequence;
  if (input.phone !== undefined) fields.phone = input.phone;
  if (input.preferred_locales !== undefined) fields.preferred_locales = input.preferred_locales ?? [];
  if (input.shipping !== undefined) {
    fields.shipping = input.shipping && {
      address: toAddress(input.shipping.address),
      name: input.shipping.name,
      phone: input.shipping.phone ?? null,
    };
  }
  if (input.tax_exempt !== undefined) fields.tax_exempt = input.tax_exempt ?? "none";
  return fields;
}

export function createCustomer(scope: Scope, input: CustomerInput): Stripe.Customer {
  const testClock =
    input.test_clock === undefined ? null : need(scope, "test_helpers.test_clock", input.test_clock, "test_clock").id;
  const clocked = onClock(scope, testClock);
  const customer = clocked.objects.insert("customer", {
    id: createIdentifier("cus"),
    object: "customer",
    address: null,
    balance: 0,
    created: clocked.now,
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: null,
    discount: null,
    email: null,
    invoice_prefix: randomText(8).toUpperCase(),
    invoice_settings: {
      custom_fields: null,
      default_payment_method: null,
      footer: input.invoice_settings?.footer ?? null,
      rendering_options: null,
    },
    livemode: false,
    metadata: mergeMetadata(null, input.metadata),
    name: null,
    next_invoice_sequence: 1,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: "none",
    test_clock: testClock,
    ...fieldsOf(input),
  });
  if (input.payment_method !== undefined) attachPaymentMethod(clocked, input.payment_method, customer.id);
  const wanted = input.invoice_settings?.default_payment_method;
  const settled =
    wanted === undefined || wanted === null
      ? customer
      : change(
          clocked,
          "customer",
          customer,
          {
            invoice_settings: {
              ...customer.invoice_settings,
              default_payment_method: ownMethod(clocked, customer.id, wanted),
            },
          },
          null,
        );
  clocked.emit("customer.created", settled);
  return settled;
}

/** A payment method can be a customer's default only when it is attached to that customer. */
function ownMethod(scope: Scope, customer: string, method: string): string {
  const found = scope.objects.find("payment_method", method);
  if (found === undefined || idOf(found.customer) !== customer) {
    throw invalidRequest(
      `The customer does not have a payment method with the ID ${method}. The payment method must be attached to the customer.`,
      {
        code: "resource_missing",
        param: "invoice_settings[default_payment_method]",
      },
    );
  }
  return found.id;
}

export function updateCustomer(scope: Scope, id: string, input: CustomerInput): Stripe.Customer {
  const customer = need(scope, "customer", id);
  const settings = input.invoice_settings;
  const invoiceSettings = { ...customer.invoice_settings };
  if (settings?.footer !== undefined) invoiceSettings.footer = settings.footer;
  if (settings?.default_payment_method !== undefined) {
    invoiceSettings.default_payment_method =
      settings.default_payment_method && ownMethod(scope, id, settings.default_payment_method);
  }
  return change(
    onClock(scope, idOf(customer.test_clock)),
    "customer",
    customer,
    {
      ...fieldsOf(input),
      invoice_settings: invoiceSettings,
      metadata: mergeMetadata(customer.metadata, input.metadata),
    },
    "customer.updated",
  );
}

/** The currency a customer is billed in is that of the first charge; Stripe refuses another from then on. */
export function settleCurrency(scope: Scope, customer: Stripe.Customer, currency: string): void {
  if (customer.currency === null || customer.currency === undefined)
    change(scope, "customer", customer, { currency }, "customer.updated");
}
