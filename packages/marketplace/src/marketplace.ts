/** The marketplace: its parts put together. */
import { type Clock, type FactEmitter, type Logger, silentLogger, systemClock } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import type { ArtifactStore } from "./artifacts/artifacts.ts";
import { createDownloads, type Downloads } from "./downloads/downloads.ts";
import type { MarketplaceFacts } from "./facts.ts";
import { createLicenseKey } from "./licenses/key.ts";
import { createListings, type Listings } from "./listings/listings.ts";
import { assertCommissionRule, type CommissionRule, standardCommission } from "./orders/commission.ts";
import { createOrders, type Orders } from "./orders/orders.ts";
import type { ChargePort } from "./orders/purchase.ts";
import { createVersions, type Versions } from "./versions/versions.ts";

const standardMaxArtifactBytes = 100_000_000;

export interface MarketplaceOptions {
  readonly database: Database;
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly artifacts: ArtifactStore;
  /** Takes the money for an order. */
  readonly charge: ChargePort;
  /** 15 % unless said otherwise. */
  readonly commission?: CommissionRule;
  /** Makes a licence key: unguessable and never the same twice. `rvl-` and 125 random bits unless said otherwise. */
  readonly licenseKeys?: () => string;
  /** The largest artifact that is taken, in bytes; 100 MB unless said otherwise. */
  readonly maxArtifactBytes?: number;
  readonly facts?: FactEmitter<MarketplaceFacts, Tx>;
}

export interface Marketplace {
  readonly listings: Listings;
  readonly versions: Versions;
  readonly orders: Orders;
  readonly downloads: Downloads;
}

/**
 * Puts the marketplace together. Apply {@link marketplaceMigrations} to the database first.
 * @throws RangeError for a commission outside of 0 to 10,000 basis points
 * @example
 * const marketplace = createMarketplace({
 *   database,
 *   artifacts: fileArtifactStore({ directory: "./data/artifacts" }),
 *   charge: async ({ orderId, buyerId, amount, description }) => {
 *     const { id, status, clientSecret } = await payments.charge({ subjectId: buyerId, reference: orderId, amount, description });
 *     return { paymentId: id, status, clientSecret };
 *   },
 * });
 */
export function createMarketplace({
  database,
  clock = systemClock,
  logger = silentLogger,
  artifacts,
  charge,
  commission = standardCommission,
  licenseKeys = createLicenseKey,
  maxArtifactBytes = standardMaxArtifactBytes,
  facts,
}: MarketplaceOptions): Marketplace {
  assertCommissionRule(commission);
  return {
    listings: createListings({ database, clock }),
    versions: createVersions({ database, clock, artifacts, maxArtifactBytes }),
    orders: createOrders({ database, clock, logger, charge, commission: { ...commission }, licenseKeys, facts }),
    downloads: createDownloads({ database, clock, artifacts }),
  };
}
