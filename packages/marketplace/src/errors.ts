import { defineErrors, type ErrorCode } from "@revops/core";

/** What can go wrong in the marketplace. A package is what a listing is called towards clients. */
export const marketplaceErrors = defineErrors({
  package_not_found: "There is no such package",
  version_not_found: "There is no such version",
  slug_taken: "Another package has this slug",
  version_exists: "This version was already published",
  version_required: "A package needs a version before it is published",
  invalid_listing: "The listing is not valid",
  invalid_version: "The version is not a semantic version",
  invalid_search: "The search is not valid",
  invalid_artifact: "The artifact is empty",
  artifact_too_large: "The artifact is too large",
  artifact_corrupt: "The stored artifact is damaged",
  already_purchased: "This package was already purchased",
  own_package: "A publisher cannot buy their own package",
  purchase_not_found: "There is no such purchase",
  not_refundable: "There is nothing to refund",
  refund_too_large: "More than is left cannot be refunded",
  not_a_subscription: "This purchase is not a subscription that goes on",
  invalid_statement: "The period of the statement is not valid",
  payout_account_required: "A publisher needs an account that can be paid",
  nothing_to_pay_out: "There is not enough to pay out",
  payouts_unavailable: "Payouts are not set up",
  refunds_unavailable: "Refunds are not set up",
  payment_required: "This package has to be purchased first",
});
export type MarketplaceErrorCode = ErrorCode<typeof marketplaceErrors>;
