/** Payment methods: the newest attached one is the default, which renewals are charged to. */
import { isRevopsError, type Page, type PageRequest, pageOf } from "@revops/core";
import type { Database } from "@revops/database";
import type { Calls } from "../calls/calls.ts";
import type { Customers } from "../customers/customers.ts";
import { paymentsErrors } from "../errors.ts";
import type { PaymentMethod } from "./payment-method.ts";
import type { PaymentMethodStore, StoredMethod } from "./store.ts";

interface MethodOfSubject {
  readonly subjectId: string;
  readonly paymentMethodId: string;
}

export interface PaymentMethods {
  /** @param input `reference`: your name for it; given again, nothing is attached twice, which a token would be */
  attach(input: MethodOfSubject & { readonly reference?: string | undefined }): Promise<PaymentMethod>;
  list(subjectId: string, page: PageRequest): Promise<Page<PaymentMethod>>;
  detach(input: MethodOfSubject): Promise<void>;
  setDefault(input: MethodOfSubject): Promise<PaymentMethod>;
}

const strip = ({ position: _, ...method }: StoredMethod): PaymentMethod => method;

export function createPaymentMethods(options: {
  readonly database: Database;
  readonly store: PaymentMethodStore;
  readonly customers: Customers;
  readonly calls: Calls;
  /** Pays what is owed with the card that has just become the default. */
  readonly collect: (subjectId: string) => Promise<unknown>;
}): PaymentMethods {
  const { database, store, customers, calls, collect } = options;

  async function makeDefault(subjectId: string, customerId: string, methodId: string): Promise<void> {
    const params = { id: customerId, invoice_settings: { default_payment_method: methodId } };
    await calls.perform({ operation: "customer.update", params, subjectId });
  }

  return {
    async attach({ subjectId, paymentMethodId, reference }) {
      if (!/^[A-Za-z0-9_]{1,200}$/.test(paymentMethodId)) throw paymentsErrors.payment_method_not_found();
      const { stripeCustomerId: customer } = await customers.ensure({ subjectId });
      const params = { id: paymentMethodId, customer };
      const attached = await calls
        .perform({ operation: "payment_method.attach", params, subjectId, reference })
        .catch((cause: unknown) => {
          // Unknown, of another customer, or used up: nothing that this subject could pay with.
          if (isRevopsError(cause, "stripe_rejected")) throw paymentsErrors.payment_method_not_found({ cause });
          throw cause;
        });
      // A token such as `pm_card_visa` gives a method with an id of its own. Only calls with a purpose are joined.
      const id = attached.joined ? paymentMethodId : attached.id;
      await makeDefault(subjectId, customer, id);
      const method = await store.find(database, { subjectId, id });
      if (!method) throw paymentsErrors.payment_method_not_found({ detail: "It was detached meanwhile." });
      await collect(subjectId);
      return strip(method);
    },

    async list(subjectId, { limit, after }) {
      const rows = await store.list(database, { subjectId, limit: limit + 1, after });
      const { data, next } = pageOf(rows, limit, ({ position }) => position);
      return { data: data.map(strip), next };
    },

    async setDefault({ subjectId, paymentMethodId: id }) {
      const method = await store.find(database, { subjectId, id });
      if (!method) throw paymentsErrors.payment_method_not_found();
      const { stripeCustomerId } = await customers.ensure({ subjectId });
      if (!method.isDefault) await makeDefault(subjectId, stripeCustomerId, id);
      await collect(subjectId);
      return { ...strip(method), isDefault: true };
    },

    async detach({ subjectId, paymentMethodId: id }) {
      const method = await store.find(database, { subjectId, id });
      if (!method) throw paymentsErrors.payment_method_not_found();
      const next = method.isDefault ? await store.newestExcept(database, { subjectId, id }) : null;
      const { stripeCustomerId } = await customers.ensure({ subjectId });
      // First, so that no moment is without a default.
      if (next !== null) await makeDefault(subjectId, stripeCustomerId, next);
      await calls.perform({ operation: "payment_method.detach", params: { id }, subjectId });
    },
  };
}
