/**
 * How each call is made, how to find out whether an old one happened, and what it changes. Adding a call to Stripe is
 * adding an entry to one of these and a line in `call.ts`.
 */
import type { OperationName, OperationParams } from "./call.ts";
import { catalogOperations } from "./operations/catalog.ts";
import { connectOperations } from "./operations/connect.ts";
import { customerOperations } from "./operations/customers.ts";
import { invoiceOperations } from "./operations/invoices.ts";
import type { Operation, Operations } from "./operations/operation.ts";
import { paymentIntentOperations } from "./operations/payment-intents.ts";
import { sessionOperations } from "./operations/sessions.ts";
import { subscriptionOperations } from "./operations/subscriptions.ts";

const operations: Operations = {
  ...customerOperations,
  ...paymentIntentOperations,
  ...catalogOperations,
  ...subscriptionOperations,
  ...invoiceOperations,
  ...connectOperations,
  ...sessionOperations,
};

/** The operation of a call. A call carries the parameters of the operation that it names, which a union cannot say. */
export function operationOf<Name extends OperationName>(name: Name): Operation<OperationParams[Name]> {
  return operations[name];
}
