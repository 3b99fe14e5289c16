/** The SQL of payments. */
import { type Money, money } from "@revops/core";
import { type Database, type Handle, prepared, type Tx } from "@revops/database";
import { and, eq, inArray, ne, sql } from "drizzle-orm";
import { paymentsTables } from "../schema.ts";
import type { Payment, PaymentStatus } from "./payment.ts";

/** With why it failed, in our codes. */
export interface StoredPayment extends Payment {
  readonly failureCode: string | null;
}

/** What Stripe tells of a payment intent. */
export interface IntentState {
  readonly status: PaymentStatus;
  readonly stripePaymentIntentId: string;
  readonly clientSecret: string | null;
  readonly declineCode: string | null;
  readonly failureCode: string | null;
  readonly amountRefunded: number;
}

export type PaymentStore = ReturnType<typeof createPaymentStore>;

type Row = ReturnType<typeof paymentsTables>["intents"]["$inferSelect"];

function toPayment(row: Row): StoredPayment {
  const { id, reference, subjectId, status, clientSecret, stripePaymentIntentId, declineCode, createdAt } = row;
  return {
    id,
    reference,
    subjectId,
    amount: money(row.amount, row.currency),
    status,
    clientSecret: status === "requires_action" || status === "requires_payment_method" ? clientSecret : null,
    stripePaymentIntentId,
    declineCode: status === "failed" ? declineCode : null,
    amountRefunded: money(row.amountRefunded, row.currency),
    createdAt,
    failureCode: row.failureCode,
  };
}

/** Without what callers are not shown. */
export function toPublic({ failureCode: _, ...payment }: StoredPayment): Payment {
  return payment;
}

export function createPaymentStore({ dialect }: Pick<Database, "dialect">) {
  const { intents } = paymentsTables(dialect);
  const byReference = prepared("payments_find_intent_by_reference", (db) =>
    db
      .select()
      .from(intents)
      .where(eq(intents.reference, sql.placeholder("reference"))),
  );
  const byId = prepared("payments_find_intent", (db) =>
    db
      .select()
      .from(intents)
      .where(eq(intents.id, sql.placeholder("id"))),
  );
  const byStripeId = prepared("payments_find_intent_by_stripe_id", (db) =>
    db
      .select()
      .from(intents)
      .where(eq(intents.stripePaymentIntentId, sql.placeholder("id"))),
  );
  const first = (rows: Row[]) => (rows[0] ? toPayment(rows[0]) : null);

  return {
    find: async (handle: Handle, id: string) => first(await byId(handle, { id })),
    findByReference: async (handle: Handle, reference: string) => first(await byReference(handle, { reference })),
    findByStripeId: async (handle: Handle, id: string) => first(await byStripeId(handle, { id })),

    /** Whether the reference was new. */
    async insert(
      tx: Tx,
      payment: {
        id: string;
        reference: string;
        subjectId: string;
        amount: Money;
        description: string;
        createdAt: Date;
      },
    ): Promise<boolean> {
      const { amount, ...rest } = payment;
      const inserted = await tx.db
        .insert(intents)
        .values({ ...rest, ...amount, amountRefunded: 0, status: "processing" })
        .onConflictDoNothing()
        .returning({ id: intents.id });
      return inserted.length > 0;
    },

    /** Whether it had failed, or was not tried yet, and is under way now. */
    async tryAgain(tx: Tx, id: string): Promise<boolean> {
      const taken = await tx.db
        .update(intents)
        .set({ status: "processing", declineCode: null, failureCode: null, settledAt: null })
        .where(and(eq(intents.id, id), inArray(intents.status, ["failed", "requires_payment_method"])))
        .returning({ id: intents.id });
      return taken.length > 0;
    },

    /** The payment, if it was under way and has failed by this. */
    async fail(
      tx: Tx,
      id: string,
      failure: { declineCode: string | null; failureCode: string; settledAt: Date },
    ): Promise<StoredPayment | null> {
      return first(
        await tx.db
          .update(intents)
          .set({ ...failure, status: "failed" })
          .where(and(eq(intents.id, id), eq(intents.status, "processing")))
          .returning(),
      );
    },

    /** Takes over Stripe's state; what succeeded stays so. */
    async update(tx: Tx, id: string, state: IntentState, settledAt: Date | null): Promise<StoredPayment | null> {
      return first(
        await tx.db
          .update(intents)
          .set({ ...state, settledAt })
          .where(and(eq(intents.id, id), state.status === "succeeded" ? undefined : ne(intents.status, "succeeded")))
          .returning(),
      );
    },
  };
}
