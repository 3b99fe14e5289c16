/** How the marketplace takes money, without knowing of payments. */
import type { ChargePort } from "@revops/marketplace";
import { type Payments, paymentsErrors } from "@revops/payments";

/** An order's id is the payment's reference, so that one order is charged once whatever is repeated. */
export function chargePort({ payments }: Pick<Payments, "payments">): ChargePort {
  return async ({ buyerId, reference, amount, description, paymentMethodId }) => {
    const { id, status, clientSecret } = await payments.charge({
      subjectId: buyerId,
      reference,
      amount,
      description,
      paymentMethodId,
    });
    // A decline is thrown with its own code; a payment that failed all the same took no money either.
    if (status === "failed") throw paymentsErrors.card_declined({ detail: "The payment failed." });
    return { paymentId: id, status, clientSecret };
  };
}
