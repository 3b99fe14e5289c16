/** The SQL of invoices. */
import { money } from "@revops/core";
import type { Database, Handle, Tx } from "@revops/database";
import { and, asc, desc, eq, lt } from "drizzle-orm";
import { paymentsTables } from "../schema.ts";
import type { Invoice, InvoiceLine } from "./invoice.ts";

/** Overdue depends on when one looks. */
export interface StoredInvoice extends Omit<Invoice, "overdue"> {
  /** Stripe charges the default payment method; otherwise it is sent and paid by its due date. */
  readonly automatic: boolean;
}

export type InvoiceStore = ReturnType<typeof createInvoiceStore>;

type Schema = ReturnType<typeof paymentsTables>;

function toStored({ currency, ...row }: Schema["invoices"]["$inferSelect"]): StoredInvoice {
  return {
    ...row,
    amountDue: money(row.amountDue, currency),
    amountPaid: money(row.amountPaid, currency),
    amountRemaining: money(row.amountRemaining, currency),
  };
}

function toLine(row: Schema["invoiceLines"]["$inferSelect"]): InvoiceLine {
  const { invoiceId: _, position: _position, stripeLineId: id, amount, currency, ...rest } = row;
  return { id, ...rest, amount: money(amount, currency) };
}

export function createInvoiceStore({ dialect }: Pick<Database, "dialect">) {
  const { invoices, invoiceLines: lines } = paymentsTables(dialect);

  return {
    async findByStripeId(handle: Handle, id: string): Promise<StoredInvoice | null> {
      const [row] = await handle.db.select().from(invoices).where(eq(invoices.stripeInvoiceId, id));
      return row ? toStored(row) : null;
    },
    async find(handle: Handle, { subjectId, id }: { subjectId: string; id: string }): Promise<StoredInvoice | null> {
      const isIt = and(eq(invoices.id, id), eq(invoices.subjectId, subjectId));
      const [row] = await handle.db.select().from(invoices).where(isIt);
      return row ? toStored(row) : null;
    },
    async linesOf(handle: Handle, invoiceId: string): Promise<InvoiceLine[]> {
      const rows = await handle.db
        .select()
        .from(lines)
        .where(eq(lines.invoiceId, invoiceId))
        .orderBy(asc(lines.position));
      return rows.map(toLine);
    },
    /** Newest first. */
    async list(
      handle: Handle,
      { subjectId, limit, after }: { subjectId: string; limit: number; after?: string | undefined },
    ): Promise<StoredInvoice[]> {
      const before = after === undefined ? undefined : lt(invoices.id, after);
      const rows = await handle.db
        .select()
        .from(invoices)
        .where(and(eq(invoices.subjectId, subjectId), before))
        .orderBy(desc(invoices.id))
        .limit(limit);
      return rows.map(toStored);
    },
    async put(tx: Tx, invoice: StoredInvoice, itsLines: readonly InvoiceLine[]): Promise<void> {
      const { amountDue, amountPaid, amountRemaining, ...rest } = invoice;
      const row = {
        ...rest,
        currency: amountDue.currency,
        amountDue: amountDue.amount,
        amountPaid: amountPaid.amount,
        amountRemaining: amountRemaining.amount,
      };
      await tx.db.insert(invoices).values(row).onConflictDoUpdate({ target: invoices.stripeInvoiceId, set: row });
      await tx.db.delete(lines).where(eq(lines.invoiceId, invoice.id));
      const rows = itsLines.map(({ id, amount, ...line }, position) => ({
        ...line,
        ...amount,
        position,
        stripeLineId: id,
        invoiceId: invoice.id,
      }));
      if (rows.length > 0) await tx.db.insert(lines).values(rows);
    },
    async remove(tx: Tx, stripeInvoiceId: string): Promise<void> {
      const removed = await tx.db
        .delete(invoices)
        .where(eq(invoices.stripeInvoiceId, stripeInvoiceId))
        .returning({ id: invoices.id });
      for (const { id } of removed) await tx.db.delete(lines).where(eq(lines.invoiceId, id));
    },
  };
}
