import { defineErrors, type ErrorCode } from "../error.ts";

export const decimalErrors = defineErrors({
  invalid_decimal: "The number is not valid",
  too_precise: "The number has too many decimal places",
  out_of_range: "The number is out of range",
});
export type DecimalErrorCode = ErrorCode<typeof decimalErrors>;
