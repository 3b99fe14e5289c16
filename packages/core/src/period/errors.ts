import { defineErrors, type ErrorCode } from "../error.ts";

export const periodErrors = defineErrors({
  invalid_cycle: "The cycle is not valid",
  invalid_time: "The time is not valid",
  unknown_time_zone: "The time zone is not known",
  too_many_periods: "The range holds too many periods",
});
export type PeriodErrorCode = ErrorCode<typeof periodErrors>;
