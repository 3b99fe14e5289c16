/** A card that a setup intent kept becomes the default, as one that was attached does. */
import { isRevopsError } from "@revops/core";
import type { Jobs } from "@revops/jobs";
import type { Mirrors } from "../mirrors/mirrors.ts";
import type { PaymentMethods } from "./payment-methods.ts";

export const newCardJob = "payments.new-card";

export function handleNewCards({
  jobs,
  mirrors,
  paymentMethods,
}: {
  readonly jobs: Jobs;
  readonly mirrors: Mirrors;
  readonly paymentMethods: PaymentMethods;
}): void {
  jobs.handle<{ subjectId: string; paymentMethodId: string }>(newCardJob, async (card) => {
    await mirrors.sync({ kind: "payment_method", id: card.paymentMethodId });
    await paymentMethods.setDefault(card).catch((error: unknown) => {
      // It was removed since.
      if (!isRevopsError(error, "payment_method_not_found")) throw error;
    });
  });
}
