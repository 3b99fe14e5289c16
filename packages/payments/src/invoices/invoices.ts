/** Invoices, from the mirror. */
import { type Clock, type Page, type PageRequest, pageOf } from "@revops/core";
import type { Database } from "@revops/database";
import { paymentsErrors } from "../errors.ts";
import type { Invoice, InvoiceLine } from "./invoice.ts";
import { toInvoice } from "./overdue.ts";
import type { InvoiceStore } from "./store.ts";

export interface Invoices {
  list(subjectId: string, page: PageRequest): Promise<Page<Invoice>>;
  get(input: {
    readonly subjectId: string;
    readonly invoiceId: string;
  }): Promise<Invoice & { readonly lines: readonly InvoiceLine[] }>;
}

export function createInvoices(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly store: InvoiceStore;
}): Invoices {
  const { database, clock, store } = options;
  return {
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
