/**
 * Which HTTP status each code of each package has: the only place where they meet HTTP. A code that is added anywhere and
 * missing here does not compile.
 */
import type { AuthErrorCode } from "@revops/auth";
import type { DecimalErrorCode, MoneyErrorCode, PeriodErrorCode } from "@revops/core";
import type { DatabaseErrorCode } from "@revops/database";
import type { JobsErrorCode } from "@revops/jobs";
import type { MarketplaceErrorCode } from "@revops/marketplace";
import type { PaymentsErrorCode } from "@revops/payments";
import type { SaasErrorCode } from "@revops/saas";
import type { ApiErrorCode } from "./errors.ts";

/** Every code that any package may throw. */
export type ProblemCode =
  | ApiErrorCode
  | AuthErrorCode
  | PaymentsErrorCode
  | SaasErrorCode
  | MarketplaceErrorCode
  | DatabaseErrorCode
  | JobsErrorCode
  | MoneyErrorCode
  | DecimalErrorCode
  | PeriodErrorCode;

/** How a code is answered. */
export interface ProblemStatus {
  readonly status: number;
  /** Answered as this code, with nothing of the error's own: for what a client must not, or cannot, tell apart. */
  readonly as?: ApiErrorCode;
  /** Answered under this code, with the error's own words and fields: for what is told apart by a field. */
  readonly under?: PaymentsErrorCode;
}

const at = (status: number): ProblemStatus => ({ status });
/** Someone else's object and one that never was are the same to a client. */
const hidden: ProblemStatus = { status: 404, as: "not_found" };
/** Nothing that a client did or could mend. */
const ours: ProblemStatus = { status: 500, as: "internal_error" };

export const statuses: Readonly<Record<ProblemCode, ProblemStatus>> = {
  // the request as such
  invalid_request: at(400),
  invalid_json: at(400),
  validation_failed: at(422),
  payload_too_large: at(413),
  headers_too_large: at(431),
  unsupported_media_type: at(415),
  not_found: at(404),
  method_not_allowed: at(405),
  request_timeout: at(408),
  precondition_failed: at(412),
  range_not_satisfiable: at(416),
  expectation_failed: at(417),
  invalid_cursor: at(400),
  invalid_idempotency_key: at(400),
  idempotency_key_reused: at(422),
  invalid_webhook_url: at(422),
  too_many_webhook_endpoints: at(409),
  webhook_endpoint_disabled: at(409),
  idempotency_in_progress: at(409),
  idempotency_answer_lost: at(409),
  rate_limited: at(429),
  service_unavailable: at(503),
  draining: at(503),
  internal_error: at(500),

  // who is asking
  missing_credentials: at(401),
  invalid_credentials: at(401),
  too_many_attempts: at(429),
  invalid_token: at(401),
  token_expired: at(401),
  token_revoked: at(401),
  token_reused: at(401),
  invalid_api_key: at(401),
  ambiguous_credentials: at(400),
  forbidden: at(403),
  insufficient_scope: at(403),
  tier_required: at(403),
  invalid_oauth_state: at(400),
  invalid_redirect: at(422),
  provider_not_found: hidden,
  provider_refused: at(403),
  provider_unreachable: at(503),
  provider_answer_invalid: at(502),
  provider_email_unverified: at(403),
  account_not_linkable: at(409),
  identity_taken: at(409),
  identity_not_found: hidden,
  last_sign_in_method: at(409),
  reauthentication_required: at(403),
  user_already_exists: at(409),
  invalid_code: at(422),
  invalid_email: at(422),
  invalid_name: at(422),
  weak_password: at(422),
  invalid_scope: at(422),
  invalid_expiry: at(422),
  invalid_limits: at(422),
  api_key_not_active: at(409),
  user_not_found: hidden,
  session_not_found: hidden,
  api_key_not_found: hidden,
  organization_not_found: hidden,
  member_not_found: hidden,
  invitation_not_found: hidden,
  already_member: at(409),
  last_owner: at(409),
  organization_limit_reached: at(409),
  too_many_invitations: at(429),
  email_not_verified: at(403),
  invalid_role: at(422),
  invalid_configuration: ours,

  // money
  card_declined: at(402),
  // The contract's word for every decline; `declineCode` says which.
  insufficient_funds: { status: 402, under: "card_declined" },
  authentication_required: at(402),
  payment_required: at(402),
  payment_method_not_found: hidden,
  subscription_not_found: hidden,
  invoice_not_found: hidden,
  payment_not_found: hidden,
  customer_forgotten: at(409),
  payment_canceled: at(409),
  payment_not_cancelable: at(409),
  setup_intent_not_found: hidden,
  refund_not_found: hidden,
  payment_not_refundable: at(409),
  connected_account_not_found: hidden,
  transfer_not_found: hidden,
  transfer_not_reversible: at(409),
  already_on_tier: at(409),
  subscription_exists: at(409),
  invalid_return_url: at(422),
  invoice_not_payable: at(409),
  change_in_progress: at(409),
  reference_reused: at(409),
  unknown_plan: at(422),
  contact_sales: at(422),
  invalid_amount: at(422),
  usage_bill_not_found: hidden,
  webhook_event_not_found: hidden,
  webhook_body_consumed: ours,
  invalid_signature: at(400),
  unbalanced_posting: ours,
  invalid_posting: ours,
  stripe_rejected: at(502),
  stripe_rate_limited: at(503),
  stripe_unavailable: at(503),
  stripe_misconfigured: ours,

  // plans, quotas and usage
  quota_exceeded: at(429),
  usage_below_zero: at(409),
  usage_out_of_range: at(422),
  unknown_tier: at(422),
  unknown_add_on: at(422),
  unknown_plan_version: at(422),
  plan_version_changed: ours,
  invalid_agreement: at(422),
  invalid_discount: at(422),
  cycle_not_found: hidden,
  trial_not_available: at(409),
  unknown_feature: at(422),
  feature_not_counted: at(422),
  invalid_quantity: at(422),
  invalid_event_id: at(422),
  invalid_metadata: at(422),
  invalid_time: at(422),
  event_in_future: at(422),
  event_too_old: at(422),
  event_not_found: hidden,
  event_voided: at(409),
  unknown_dimension: at(422),
  invalid_range: at(422),
  usage_not_stored: at(503),
  reservation_not_found: hidden,
  reservation_committed: at(409),
  reservation_released: at(409),
  reservation_expired: at(409),
  credit_not_found: hidden,
  invalid_credit: at(422),
  invalid_spend_cap: at(422),
  verdict_not_found: hidden,
  subject_not_found: hidden,
  invalid_subject_id: ours,
  invalid_period: ours,
  invalid_plans: ours,

  // the marketplace
  package_not_found: hidden,
  version_not_found: hidden,
  already_purchased: at(409),
  own_package: at(409),
  purchase_not_found: hidden,
  listing_suspended: at(409),
  not_in_review: at(409),
  not_suspended: at(409),
  reason_required: at(422),
  purchase_required: at(403),
  already_reviewed: at(409),
  review_not_found: hidden,
  invalid_review: at(422),
  invalid_link: at(403),
  license_not_found: hidden,
  license_not_active: at(403),
  activation_limit_reached: at(409),
  activation_not_found: hidden,
  invalid_fingerprint: at(422),
  signing_key_not_found: hidden,
  version_not_licensed: at(403),
  lesson_not_found: hidden,
  course_not_completed: at(409),
  invalid_holder: at(422),
  certificate_not_found: hidden,
  not_refundable: at(409),
  refund_too_large: at(422),
  refunds_unavailable: at(503),
  not_a_subscription: at(409),
  invalid_statement: at(422),
  payout_account_required: at(409),
  nothing_to_pay_out: at(409),
  payouts_unavailable: at(503),
  slug_taken: at(409),
  version_exists: at(409),
  version_required: at(409),
  invalid_listing: at(422),
  invalid_version: at(422),
  invalid_search: at(422),
  invalid_artifact: at(422),
  artifact_too_large: at(413),
  artifact_corrupt: ours,
  artifact_store_unavailable: at(503),

  // what lies below
  database_unavailable: at(503),
  database_busy: at(503),
  invalid_database_url: ours,
  unstorable_text: at(422),
  handle_outside_transaction: ours,
  migration_changed: ours,
  schema_newer: ours,
  job_not_found: hidden,
  transaction_aborted: ours,
  lease_lost: ours,
  duplicate_handler: ours,
  invalid_money: at(422),
  currency_mismatch: at(422),
  invalid_decimal: at(422),
  too_precise: at(422),
  out_of_range: at(422),
  invalid_cycle: ours,
  unknown_time_zone: at(422),
  too_many_periods: at(422),
};
