/** Invoices, from the mirror. */
import { type Clock, pageOf } from "@revops/core";
import type { Database } from "@revops/database";
import { paymentsErrors } from "../errors.ts";
import type { Payments } from "../payments-interface.ts";
import type { InvoiceWriter } from "./issue.ts";
import { toInvoice } from "./overdue.ts";
import type { InvoiceStore, StoredInvoice } from "./store.ts";

export function createInvoices(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly store: InvoiceStore;
  readonly writer: InvoiceWriter;
}): Payments["invoices"] {
  const { database, clock, store, writer } = options;
  const shown = (invoice: StoredInvoice) => toInvoice(invoice, clock.now());
  return {
    create: async (input) => shown(await writer.create(input)),
    finalize: async (of) => shown(await writer.change(of, "invoice.finalize", { auto_advance: false })),
    async pay({ paymentMethodId, ...of }) {
      const params = paymentMethodId === undefined ? {} : { payment_method: paymentMethodId };
      return shown(await writer.change(of, "invoice.pay", params));
    },
    void: async (of) => shown(await writer.change(of, "invoice.void", {})),

    async list(subjectId, { limit, after }) {
      const rows = await store.list(database, { subjectId, limit: limit + 1, after });
      const now = clock.now();
      const { data, next } = pageOf(rows, limit, ({ id }) => id);
      return { data: data.map((row) => toInvoice(row, now)), next };
    },
    async get({ subjectId, invoiceId: id }) {
      const invoice = await store.find(database, { subjectId, id });
      if (!invoice) throw paymentsErrors.invoice_not_found();
      return { ...toInvoice(invoice, clock.now()), lines: await store.linesOf(database, id) };
    },
  };
}
