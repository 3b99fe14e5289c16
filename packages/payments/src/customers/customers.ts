/** Customers: one for each subject. */
import { isStorableText } from "@revops/core";
import type { Database } from "@revops/database";
import type { Calls } from "../calls/calls.ts";
import { paymentsErrors } from "../errors.ts";
import type { Customer, EnsureCustomer } from "./customer.ts";
import type { ForgottenStore } from "./forgotten-store.ts";
import { subjectMark } from "./read-customer.ts";
import type { CustomerStore, StoredCustomer } from "./store.ts";

/** At most one call at a time makes a subject's customer. */
export const purposeOfCustomer = (subjectId: string): string => `customer:${subjectId}`;

/** Thrown inside the transaction that would make a second customer; never seen by callers. */
const taken = new Error("The subject has a customer.");

export interface Customers {
  /** @throws `customer_forgotten` */
  ensure(input: EnsureCustomer): Promise<Customer>;
  get(subjectId: string): Promise<Customer | null>;
}

export function createCustomers(options: {
  readonly database: Database;
  readonly store: CustomerStore;
  readonly calls: Calls;
  readonly forgotten: Pick<ForgottenStore, "has">;
}): Customers {
  const { database, store, calls, forgotten } = options;

  async function make({ subjectId, email, name }: EnsureCustomer): Promise<void> {
    const params = {
      ...(email === undefined ? {} : { email }),
      ...(name === undefined ? {} : { name }),
      metadata: { [subjectMark]: subjectId },
    };
    const call = { operation: "customer.create" as const, params, subjectId, purpose: purposeOfCustomer(subjectId) };
    await calls
      .perform(call, async (tx) => {
        // Looked at after the purpose was taken: another's customer is committed together with giving it free.
        if (await store.find(tx, subjectId)) throw taken;
        if (await forgotten.has(tx, subjectId)) throw paymentsErrors.customer_forgotten();
      })
      .catch((error: unknown) => {
        if (error !== taken) throw error;
      });
  }

  async function bringUpToDate(known: StoredCustomer, { email, name }: EnsureCustomer): Promise<void> {
    const changes = {
      ...(email === undefined || email === (known.email ?? "") ? {} : { email }),
      ...(name === undefined || name === (known.name ?? "") ? {} : { name }),
    };
    if (Object.keys(changes).length === 0) return;
    const { subjectId, stripeCustomerId: id } = known;
    await calls.perform({ operation: "customer.update", params: { id, ...changes }, subjectId });
  }

  return {
    async get(subjectId) {
      const known = await store.find(database, subjectId);
      if (!known) return null;
      const { defaultPaymentMethodId: _, ...customer } = known;
      return customer;
    },

    async ensure(input) {
      const { subjectId } = input;
      if (subjectId === "" || !isStorableText(subjectId)) throw new TypeError("A subject has an id.");
      if (await forgotten.has(database, subjectId)) throw paymentsErrors.customer_forgotten();
      // Twice: a joined call of another may have been refused for what was wrong with theirs.
      for (let tries = 1; tries <= 2; tries++) {
        const known = await store.find(database, subjectId);
        if (known) {
          await bringUpToDate(known, input);
          break;
        }
        await make(input);
      }
      const customer = await store.find(database, subjectId);
      if (!customer) throw paymentsErrors.stripe_unavailable({ detail: "The customer could not be made." });
      const { stripeCustomerId, email, name } = customer;
      return { subjectId, stripeCustomerId, email, name };
    },
  };
}
