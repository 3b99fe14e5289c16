import { defineErrors, type ErrorCode } from "@revops/core";

/** Everything that @revops/saas refuses. A refused call has written nothing. */
export const saasErrors = defineErrors({
  invalid_plans: "The plans are not valid",
  unknown_tier: "The tier is not in the plans",
  unknown_plan_version: "The version is not one of the plans",
  plan_version_changed: "The version of the plans means something else already",
  unknown_add_on: "The add-on is not in the plans",
  unknown_feature: "The feature is not in the plans",
  feature_not_counted: "The feature is not counted",
  invalid_subject_id: "The subject's id is not valid",
  subject_not_found: "The subject has no entitlement",
  invalid_discount: "The discount is not valid",
  cycle_not_found: "There is no such billing cycle",
  invalid_agreement: "What is to be agreed is not valid",
  trial_not_available: "The tier cannot be tried",
  invalid_period: "The billing period is not valid",
  quota_exceeded: "The quota is used up",
  usage_below_zero: "More would be given back than is in use",
  usage_out_of_range: "The count would leave the exact numbers",
  invalid_quantity: "The quantity is not valid",
  invalid_event_id: "The event's id is not valid",
  invalid_metadata: "The event's metadata is not valid",
  invalid_time: "The time is not valid",
  event_in_future: "The event is from the future",
  event_too_old: "The event is too old to be counted",
  event_not_found: "There is no such event",
  event_voided: "The event was taken back",
  unknown_dimension: "The feature is not counted by this dimension",
  invalid_range: "The range of time is not valid",
  usage_not_stored: "The usage could not be stored",
});
export type SaasErrorCode = ErrorCode<typeof saasErrors>;
