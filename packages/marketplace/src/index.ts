/** @revops/marketplace: listings, search, versions, orders and downloads. A diff of this file is a diff of the public API. */
export type { ArtifactContent, ArtifactStore, ByteRange, StoredArtifact } from "./artifacts/artifacts.ts";
export { type FileArtifactStoreOptions, fileArtifactStore } from "./artifacts/file-store.ts";
export { type S3ArtifactStoreOptions, s3ArtifactStore } from "./artifacts/s3-store.ts";
export type { Certificate, CourseProgress, Courses } from "./courses/courses.ts";
export type { Download, Downloads } from "./downloads/downloads.ts";
export { type MarketplaceErrorCode, marketplaceErrors } from "./errors.ts";
export type { MarketplaceFacts } from "./facts.ts";
export type { Activation, License, LicenseStatus } from "./licenses/license.ts";
export type { ActivatedLicense, LicenseCheck, Licenses } from "./licenses/licenses.ts";
export type { LicenseTerms } from "./licenses/terms.ts";
export type { ListingChanges } from "./listings/listing.ts";
export {
  type BillingInterval,
  billingIntervals,
  type Course,
  type Lesson,
  type Listing,
  type ListingDetails,
  type ListingKind,
  type ListingStatus,
  listingKinds,
  listingStatuses,
  type NewListing,
  type Publisher,
  type Rating,
} from "./listings/listing.ts";
export type { Listings } from "./listings/listings.ts";
export { createMarketplace, type Marketplace, type MarketplaceOptions } from "./marketplace.ts";
export { marketplaceMigrations } from "./migrations.ts";
export type { Moderation, Verdict } from "./moderation/moderation.ts";
export { type ModerationAction, type ModerationEntry, moderationActions } from "./moderation/moderation-entry.ts";
export {
  type Commission,
  type CommissionRule,
  type FrozenCommission,
  splitPrice,
  standardCommission,
} from "./orders/commission.ts";
export type { Orders } from "./orders/orders.ts";
export {
  type ChargePort,
  type Purchase,
  type PurchasePayment,
  type PurchasePeriod,
  type PurchaseStatus,
  purchaseStatuses,
  type RelatedPort,
} from "./orders/purchase.ts";
export type { Payout, PayoutPort, PayoutStatus } from "./payouts/payout.ts";
export type { Payouts, PayoutsRun, PayoutTerms } from "./payouts/payouts.ts";
export type { DisputeStatus } from "./refunds/dispute.ts";
export type { Refund, RefundPort, RefundStatus } from "./refunds/refund.ts";
export type { Refunds } from "./refunds/refunds.ts";
export type { Review } from "./reviews/review.ts";
export type { NewReview, Reviews } from "./reviews/reviews.ts";
export { marketplaceTables } from "./schema.ts";
export {
  type FacetCount,
  type Facets,
  type SearchPage,
  type SearchRequest,
  type SearchSort,
  searchSorts,
} from "./search/search-request.ts";
export type { SearchUpkeep } from "./search/upkeep.ts";
export type { SellerEntry, SellerEntryKind } from "./sellers/entry.ts";
export { accounts as ledgerAccounts, type LedgerPort, type Posting } from "./sellers/ledger-port.ts";
export type { SellerBalance, Sellers, Statement } from "./sellers/sellers.ts";
export type { PublicLicenseKey, SigningKeys } from "./signing/signing.ts";
export type { PublishedVersion } from "./versions/version.ts";
export type { Versions } from "./versions/versions.ts";
