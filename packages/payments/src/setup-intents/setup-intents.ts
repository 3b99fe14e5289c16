/** Keeping a card for later, with its bank's consent. https://docs.stripe.com/payments/save-and-reuse */
import type { Database } from "@revops/database";
import type { OperationName, OperationParams } from "../calls/call.ts";
import type { Calls } from "../calls/calls.ts";
import type { Customers } from "../customers/customers.ts";
import { subjectMark } from "../customers/read-customer.ts";
import { paymentsErrors } from "../errors.ts";
import type { SetupIntent } from "./setup-intent.ts";
import type { SetupIntentStore } from "./store.ts";

interface IntentOfSubject {
  readonly subjectId: string;
  readonly setupIntentId: string;
}

export interface SetupIntents {
  create(input: { readonly subjectId: string }): Promise<SetupIntent>;
  confirm(input: IntentOfSubject & { readonly paymentMethodId: string }): Promise<SetupIntent>;
  cancel(input: IntentOfSubject): Promise<SetupIntent>;
  get(input: IntentOfSubject): Promise<SetupIntent>;
}

export function createSetupIntents(options: {
  readonly database: Database;
  readonly store: SetupIntentStore;
  readonly customers: Customers;
  readonly calls: Calls;
}): SetupIntents {
  const { database, store, customers, calls } = options;

  async function get({ subjectId, setupIntentId }: IntentOfSubject): Promise<SetupIntent> {
    const intent = await store.find(database, setupIntentId);
    if (intent?.subjectId !== subjectId) throw paymentsErrors.setup_intent_not_found();
    return intent;
  }

  async function change<Name extends OperationName>(
    input: IntentOfSubject,
    operation: Name,
    params: OperationParams[Name],
  ): Promise<SetupIntent> {
    const { subjectId, id } = await get(input);
    await calls.perform({ operation, params, subjectId, purpose: `setup:${id}` });
    return get(input);
  }

  return {
    async create({ subjectId }) {
      const { stripeCustomerId: customer } = await customers.ensure({ subjectId });
      const params = {
        customer,
        // Renewals are charged to it when nobody is there.
        usage: "off_session" as const,
        automatic_payment_methods: { enabled: true, allow_redirects: "never" as const },
        metadata: { [subjectMark]: subjectId },
      };
      const made = await calls.perform({ operation: "setup_intent.create", params, subjectId });
      if (made.joined) throw paymentsErrors.setup_intent_not_found();
      return get({ subjectId, setupIntentId: made.id });
    },
    confirm: (input) => change(input, "setup_intent.confirm", confirmation(input)),
    cancel: (input) => change(input, "setup_intent.cancel", { id: input.setupIntentId }),
    get,
  };
}

function confirmation(input: IntentOfSubject & { readonly paymentMethodId: string }) {
  return { id: input.setupIntentId, payment_method: input.paymentMethodId };
}
