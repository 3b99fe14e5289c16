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
  payment_required: "This package has to be purchased first",
});
export type MarketplaceErrorCode = ErrorCode<typeof marketplaceErrors>;
