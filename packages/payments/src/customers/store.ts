/** The SQL of customers. */
import { type Database, type Handle, prepared, type Tx } from "@revops/database";
import { asc, eq, gt, sql } from "drizzle-orm";
import { paymentsTables } from "../schema.ts";

/** A customer, with what only this package uses. */
export interface StoredCustomer {
  readonly subjectId: string;
  readonly stripeCustomerId: string;
  readonly email: string | null;
  readonly name: string | null;
  readonly defaultPaymentMethodId: string | null;
}

export type CustomerStore = ReturnType<typeof createCustomerStore>;

export function createCustomerStore({ dialect }: Pick<Database, "dialect">) {
  const { customers } = paymentsTables(dialect);
  const columns = {
    subjectId: customers.subjectId,
    stripeCustomerId: customers.stripeCustomerId,
    email: customers.email,
    name: customers.name,
    defaultPaymentMethodId: customers.defaultPaymentMethodId,
  };
  const bySubject = prepared("payments_find_customer", (db) =>
    db
      .select(columns)
      .from(customers)
      .where(eq(customers.subjectId, sql.placeholder("subjectId"))),
  );
  const byStripeId = prepared("payments_find_customer_by_stripe_id", (db) =>
    db
      .select(columns)
      .from(customers)
      .where(eq(customers.stripeCustomerId, sql.placeholder("id"))),
  );

  return {
    async find(handle: Handle, subjectId: string): Promise<StoredCustomer | null> {
      return (await bySubject(handle, { subjectId }))[0] ?? null;
    },
    async findByStripeId(handle: Handle, id: string): Promise<StoredCustomer | null> {
      return (await byStripeId(handle, { id }))[0] ?? null;
    },
    /** All, in the order of their subjects. */
    async list(handle: Handle, limit: number, after: string): Promise<StoredCustomer[]> {
      return handle.db
        .select(columns)
        .from(customers)
        .where(gt(customers.subjectId, after))
        .orderBy(asc(customers.subjectId))
        .limit(limit);
    },
    /** A subject keeps the customer it had first. */
    async put(tx: Tx, customer: StoredCustomer & { readonly createdAt: Date }): Promise<void> {
      const { subjectId: _subject, stripeCustomerId, createdAt: _created, ...changing } = customer;
      const updated = await tx.db
        .update(customers)
        .set(changing)
        .where(eq(customers.stripeCustomerId, stripeCustomerId))
        .returning({ subjectId: customers.subjectId });
      if (updated.length === 0) await tx.db.insert(customers).values(customer).onConflictDoNothing();
    },
    async remove(tx: Tx, stripeCustomerId: string): Promise<void> {
      await tx.db.delete(customers).where(eq(customers.stripeCustomerId, stripeCustomerId));
    },
  };
}
