/** The marketplace: its parts put together. */
import type { Clock, FactEmitter, Logger, Money } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import type { ArtifactStore } from "./artifacts/artifacts.ts";
import type { Downloads } from "./downloads/downloads.ts";
import type { Listings } from "./listings/listings.ts";
import type { CommissionRule } from "./orders/commission.ts";
import type { Orders } from "./orders/orders.ts";
import type { ChargePort, Purchase } from "./orders/purchase.ts";
import type { Versions } from "./versions/versions.ts";

/** What others may act upon, inside the transaction in which it happened. */
export type MarketplaceFacts = {
  /** Money was paid for an order; `commission` and `earnings` (the publisher's) add up to its price. */
  "order.paid": { purchase: Purchase; publisherId: string; commission: Money; earnings: Money };
};

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
