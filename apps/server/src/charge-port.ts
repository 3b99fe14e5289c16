/** How the marketplace takes money, without knowing of payments. */
import type { ChargePort } from "@revops/marketplace";
import type { Payments } from "@revops/payments";

/** An order's id is the payment's reference, so that one order is charged once whatever is repeated. */
export function chargePort({ payments }: Pick<Payments, "payments">): ChargePort {
  return async ({ buyerId, reference, amount, description, paymentMethodId, renews, offSession }) => {
    const { id, status, clientSecret } = await payments.charge({
      subjectId: buyerId,
      reference,
      amount,
      description,
      paymentMethodId,
      offSession,
      setupFutureUsage: renews ? "off_session" : undefined,
    });
    return { paymentId: id, status, clientSecret };
  };
}
