/** The SQL of stored calls. */
import { createId } from "@revops/core";
import type { Database, Handle, Tx } from "@revops/database";
import { and, asc, eq, gt, inArray, sql } from "drizzle-orm";
import { paymentsTables } from "../schema.ts";
import { type Call, callMark, type NewCall, type OperationName } from "./call.ts";
import { operationOf } from "./operations.ts";

type Row = ReturnType<typeof paymentsTables>["calls"]["$inferSelect"];

function toCall({ id, subjectId, operation, params, idempotencyKey, createdAt }: Row): Call {
  // Written by `insert` below: the name of an operation, with that operation's own parameters.
  return {
    id,
    subjectId,
    operation: operation as OperationName,
    params: JSON.parse(params),
    idempotencyKey,
    createdAt,
  };
}

const callIdOf = (reference: string) => `call_${reference}`;

export type CallStore = ReturnType<typeof createCallStore>;

export function createCallStore({ dialect }: Pick<Database, "dialect">) {
  const { calls } = paymentsTables(dialect);
  const isPersonal = inArray(calls.operation, ["customer.create", "customer.update", "account.create"]);
  const isOpen = (id: string) => and(eq(calls.id, id), eq(calls.state, "open"));

  return {
    /** Null when a call of this purpose is open, or there is one of this reference. */
    async insert<Name extends OperationName>(
      tx: Tx,
      { operation, params, subjectId, purpose, reference }: NewCall<Name>,
      now: Date,
    ): Promise<Call | null> {
      const id = reference === undefined ? createId("call", now) : callIdOf(reference);
      const metadata = "metadata" in params && typeof params.metadata === "object" ? params.metadata : {};
      const marked = operationOf(operation).marked ? { ...params, metadata: { ...metadata, [callMark]: id } } : params;
      const [row] = await tx.db
        .insert(calls)
        .values({
          id,
          subjectId,
          operation,
          params: JSON.stringify(marked),
          // Derived from nothing that could come again: a second try is another call.
          idempotencyKey: `revops_${id}`,
          purpose: purpose ?? null,
          state: "open",
          createdAt: now,
        })
        .onConflictDoNothing()
        .returning();
      return row ? toCall(row) : null;
    },

    async findOpen(handle: Handle, purpose: string): Promise<Call | null> {
      const [row] = await handle.db.select().from(calls).where(eq(calls.purpose, purpose));
      return row ? toCall(row) : null;
    },

    /**
     * The call of that reference, and the id of the object in Stripe's answer where it was carried out: of one look, since
     * another instance may settle it before a second.
     */
    async findNamed(
      handle: Handle,
      reference: string,
    ): Promise<{ call: Call; state: Row["state"]; resultId: string | null } | null> {
      const [row] = await handle.db
        .select()
        .from(calls)
        .where(eq(calls.id, callIdOf(reference)));
      if (!row) return null;
      const { state, resultId } = row;
      return { call: toCall(row), state, resultId: state === "done" ? resultId : null };
    },

    /**
     * Whether this was still open. Gives its purpose free, and forgets what a call says of a person: it is not made
     * again, and who is erased must not live on in it.
     */
    async settle(
      tx: Tx,
      id: string,
      outcome: {
        readonly state: "done" | "refused" | "abandoned";
        readonly resultId: string | null;
        readonly failureCode: string | null;
        readonly settledAt: Date;
      },
    ): Promise<boolean> {
      const settled = await tx.db
        .update(calls)
        .set({ ...outcome, purpose: null, params: sql`case when ${isPersonal} then '{}' else ${calls.params} end` })
        .where(isOpen(id))
        .returning({ id: calls.id });
      return settled.length > 0;
    },

    async stateOf(handle: Handle, id: string): Promise<Row["state"] | null> {
      const [row] = await handle.db.select({ state: calls.state }).from(calls).where(eq(calls.id, id));
      return row?.state ?? null;
    },

    /** The id of the object in Stripe's answer; null until there is one. */
    async resultOf(handle: Handle, id: string): Promise<string | null> {
      const [row] = await handle.db.select({ resultId: calls.resultId }).from(calls).where(eq(calls.id, id));
      return row?.resultId ?? null;
    },

    /** Open calls in the order in which they were stored. */
    async listOpen(handle: Handle, limit: number, after: string): Promise<Call[]> {
      const rows = await handle.db
        .select()
        .from(calls)
        .where(and(eq(calls.state, "open"), gt(calls.id, after)))
        .orderBy(asc(calls.id))
        .limit(limit);
      return rows.map(toCall);
    },
  };
}
