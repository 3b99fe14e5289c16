/** The SQL of payment methods. */
import { createId } from "@revops/core";
import type { Database, Handle, Tx } from "@revops/database";
import { and, desc, eq, lt, ne } from "drizzle-orm";
import { paymentsTables } from "../schema.ts";
import type { PaymentMethod } from "./payment-method.ts";

export type PaymentMethodStore = ReturnType<typeof createPaymentMethodStore>;

/** With the place in the list. */
export interface StoredMethod extends PaymentMethod {
  readonly position: string;
}

export function createPaymentMethodStore({ dialect }: Pick<Database, "dialect">) {
  const { customers, paymentMethods: methods } = paymentsTables(dialect);

  const select = (handle: Handle) =>
    handle.db
      .select({ method: methods, defaultId: customers.defaultPaymentMethodId })
      .from(methods)
      .leftJoin(customers, eq(customers.subjectId, methods.subjectId));
  const toMethod = ({ method, defaultId }: Awaited<ReturnType<typeof select>>[number]): StoredMethod => {
    const { subjectId: _, ...rest } = method;
    return { ...rest, isDefault: method.id === defaultId };
  };

  return {
    async find(handle: Handle, { subjectId, id }: { subjectId: string; id: string }): Promise<StoredMethod | null> {
      const [row] = await select(handle).where(and(eq(methods.subjectId, subjectId), eq(methods.id, id)));
      return row ? toMethod(row) : null;
    },
    /** Newest first. */
    async list(
      handle: Handle,
      { subjectId, limit, after }: { subjectId: string; limit: number; after?: string | undefined },
    ): Promise<StoredMethod[]> {
      const before = after === undefined ? undefined : lt(methods.position, after);
      const rows = await select(handle)
        .where(and(eq(methods.subjectId, subjectId), before))
        .orderBy(desc(methods.position))
        .limit(limit);
      return rows.map(toMethod);
    },
    async all(handle: Handle, subjectId: string): Promise<StoredMethod[]> {
      return (await select(handle).where(eq(methods.subjectId, subjectId))).map(toMethod);
    },
    async newestExcept(handle: Handle, { subjectId, id }: { subjectId: string; id: string }): Promise<string | null> {
      const [row] = await handle.db
        .select({ id: methods.id })
        .from(methods)
        .where(and(eq(methods.subjectId, subjectId), ne(methods.id, id)))
        .orderBy(desc(methods.position))
        .limit(1);
      return row?.id ?? null;
    },
    /** @param attachedAt its place in the list when it is new: Stripe's own times are whole seconds */
    async put(
      tx: Tx,
      method: Omit<PaymentMethod, "isDefault"> & { readonly subjectId: string },
      attachedAt: Date,
    ): Promise<void> {
      const { id: _, createdAt: _created, ...changing } = method;
      await tx.db
        .insert(methods)
        .values({ ...method, position: createId("pmt", attachedAt) })
        .onConflictDoUpdate({ target: methods.id, set: changing });
    },
    /** Whose default it was has none, as at Stripe. The customer first, as by whoever writes or forgets one: nobody waits in a circle. */
    async remove(tx: Tx, id: string): Promise<void> {
      const isDefault = eq(customers.defaultPaymentMethodId, id);
      await tx.db.update(customers).set({ defaultPaymentMethodId: null }).where(isDefault);
      await tx.db.delete(methods).where(eq(methods.id, id));
    },
  };
}
