/** How Stripe is asked for invoices. */
import { readOrNull } from "../../gateway/refusal.ts";
import { bears, firstMarked, type Operations, pageSize } from "./operation.ts";

type Names =
  | "invoice_item.create"
  | "invoice.create"
  | "invoice.update"
  | "invoice.finalize"
  | "invoice.pay"
  | "invoice.void"
  | "invoice.mark_uncollectible";

export const invoiceOperations: Operations<Names> = {
  "invoice_item.create": {
    marked: true,
    send: (stripe, params, options) => stripe.invoiceItems.create(params, options),
    find: (stripe, { customer }, mark) =>
      firstMarked(stripe.invoiceItems.list({ customer, created: mark.created, limit: pageSize }), mark),
    touches: () => null,
  },
  "invoice.create": {
    marked: true,
    send: (stripe, params, options) => stripe.invoices.create(params, options),
    find: (stripe, { customer }, mark) =>
      firstMarked(stripe.invoices.list({ customer, created: mark.created, limit: pageSize }), mark),
    touches: (_, { id }) => ({ kind: "invoice", id }),
  },
  "invoice.update": {
    marked: true,
    send: (stripe, { id, ...params }, options) => stripe.invoices.update(id, params, options),
    find: async (stripe, { id }, mark) => bears(await readOrNull(stripe.invoices.retrieve(id)), mark),
    touches: (_, { id }) => ({ kind: "invoice", id }),
  },
  "invoice.finalize": {
    marked: false,
    send: (stripe, { id, ...params }, options) => stripe.invoices.finalizeInvoice(id, params, options),
    async find(stripe, { id }) {
      const invoice = await readOrNull(stripe.invoices.retrieve(id));
      return invoice !== null && invoice.status !== "draft" ? invoice : null;
    },
    touches: (_, { id }) => ({ kind: "invoice", id }),
  },
  "invoice.pay": {
    marked: false,
    send: (stripe, { id, ...params }, options) => stripe.invoices.pay(id, params, options),
    async find(stripe, { id }) {
      const invoice = await readOrNull(stripe.invoices.retrieve(id));
      return invoice?.status === "paid" ? invoice : null;
    },
    touches: (_, { id }) => ({ kind: "invoice", id }),
  },
  "invoice.void": {
    marked: false,
    send: (stripe, { id, ...params }, options) => stripe.invoices.voidInvoice(id, params, options),
    async find(stripe, { id }) {
      const invoice = await readOrNull(stripe.invoices.retrieve(id));
      return invoice?.status === "void" ? invoice : null;
    },
    touches: (_, { id }) => ({ kind: "invoice", id }),
  },
  "invoice.mark_uncollectible": {
    marked: false,
    send: (stripe, { id, ...params }, options) => stripe.invoices.markUncollectible(id, params, options),
    async find(stripe, { id }) {
      const invoice = await readOrNull(stripe.invoices.retrieve(id));
      return invoice?.status === "uncollectible" ? invoice : null;
    },
    touches: (_, { id }) => ({ kind: "invoice", id }),
  },
};
