import { defineErrors, type ErrorCode } from "@revops/core";

/** What can go wrong between a client and the packages behind the API. The packages' own codes pass through as they are. */
export const apiErrors = defineErrors({
  invalid_request: "The request cannot be understood",
  invalid_json: "The body is not valid JSON",
  validation_failed: "The request is not valid",
  payload_too_large: "The body is too large",
  headers_too_large: "The header fields are too large",
  unsupported_media_type: "The body's format is not supported",
  not_found: "Not found",
  method_not_allowed: "The method is not allowed here",
  forbidden: "Not allowed",
  invalid_cursor: "The cursor is not valid",
  invalid_idempotency_key: "The Idempotency-Key is not valid",
  idempotency_key_reused: "The Idempotency-Key was used for another request",
  idempotency_in_progress: "A request with this Idempotency-Key is still running",
  idempotency_answer_lost: "The first answer to this Idempotency-Key can no longer be shown",
  invalid_webhook_url: "The address cannot be sent webhooks",
  too_many_webhook_endpoints: "There are as many webhook endpoints as there may be",
  webhook_endpoint_disabled: "The webhook endpoint is turned off",
  rate_limited: "Too many requests",
  precondition_failed: "The condition does not hold",
  range_not_satisfiable: "The range lies outside the file",
  expectation_failed: "What the request expects of the server is not given here",
  request_timeout: "The request took too long to arrive",
  service_unavailable: "A dependency does not answer",
  draining: "This instance is shutting down",
  internal_error: "Something went wrong on our side",
});
export type ApiErrorCode = ErrorCode<typeof apiErrors>;
