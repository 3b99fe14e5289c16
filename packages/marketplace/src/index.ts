/** @revops/marketplace: listings, search, versions, orders and downloads. A diff of this file is a diff of the public API. */
export type { ArtifactContent, ArtifactStore, ByteRange, StoredArtifact } from "./artifacts/artifacts.ts";
export { type FileArtifactStoreOptions, fileArtifactStore } from "./artifacts/file-store.ts";
export type { Download, Downloads } from "./downloads/downloads.ts";
export { type MarketplaceErrorCode, marketplaceErrors } from "./errors.ts";
export type { MarketplaceFacts } from "./facts.ts";
export {
  type Listing,
  type ListingDetails,
  type ListingKind,
  type ListingStatus,
  listingKinds,
  type NewListing,
  type Publisher,
  type Rating,
} from "./listings/listing.ts";
export type { Listings } from "./listings/listings.ts";
export { createMarketplace, type Marketplace, type MarketplaceOptions } from "./marketplace.ts";
export { marketplaceMigrations } from "./migrations.ts";
export { type CommissionRule, splitPrice, standardCommission } from "./orders/commission.ts";
export type { Orders } from "./orders/orders.ts";
export type { ChargePort, Purchase, PurchasePayment, PurchaseStatus } from "./orders/purchase.ts";
export { marketplaceTables } from "./schema.ts";
export {
  type FacetCount,
  type Facets,
  type SearchPage,
  type SearchRequest,
  type SearchSort,
  searchSorts,
} from "./search/search-request.ts";
export type { PublishedVersion } from "./versions/version.ts";
export type { Versions } from "./versions/versions.ts";
