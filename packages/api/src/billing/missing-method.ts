import { isRevopsError } from "@revops/core";
import { apiErrors } from "../problems/errors.ts";

/**
 * A request that names a payment method names something else too: its 404 says which of them is not there. Alike for one that
 * is somebody else's and one that never was.
 * @example await buy(body).catch(namingMethod(body))
 */
export const namingMethod =
  ({ paymentMethodId }: { readonly paymentMethodId?: string | undefined }) =>
  (error: unknown): never => {
    if (paymentMethodId === undefined || !isRevopsError(error, "payment_method_not_found")) throw error;
    const message = "There is no such payment method";
    const errors = [{ path: "paymentMethodId", message }];
    throw apiErrors.not_found({ detail: `${message}.`, fields: { errors }, cause: error });
  };
