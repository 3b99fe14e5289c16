/** The marketplace: its parts put together. */
import {
  type Clock,
  dayMs,
  type FactEmitter,
  hourMs,
  type Logger,
  minuteMs,
  silentLogger,
  systemClock,
} from "@revops/core";
import { type Database, repeating, type Tx } from "@revops/database";
import type { Jobs } from "@revops/jobs";
import type { ArtifactStore } from "./artifacts/artifacts.ts";
import { type Courses, createCourses } from "./courses/courses.ts";
import { createDownloads, type Downloads } from "./downloads/downloads.ts";
import { createForget, type Forget } from "./erasure/erasure.ts";
import type { MarketplaceFacts } from "./facts.ts";
import { createLicenseKey } from "./licenses/key.ts";
import { createLicenses, type Licenses } from "./licenses/licenses.ts";
import type { Listing } from "./listings/listing.ts";
import { createListings, type Listings } from "./listings/listings.ts";
import { createShelf } from "./listings/shelf.ts";
import { createModeration, type Moderation } from "./moderation/moderation.ts";
import { assertCommission, type Commission, rulesOf, standardCommission } from "./orders/commission.ts";
import { createOrders, type Orders } from "./orders/orders.ts";
import type { ChargePort, RelatedPort } from "./orders/purchase.ts";
import { createRenewals } from "./orders/renewals.ts";
import { createSettlement } from "./orders/settlement.ts";
import type { PayoutPort } from "./payouts/payout.ts";
import { createPayouts, holdMsOf, type Payouts, type PayoutTerms } from "./payouts/payouts.ts";
import { createGiveBack } from "./refunds/give-back.ts";
import type { RefundPort } from "./refunds/refund.ts";
import { createRefunds, type Refunds } from "./refunds/refunds.ts";
import { createReviews, type Reviews } from "./reviews/reviews.ts";
import { createFollowReview } from "./reviews/standing.ts";
import { createSearchUpkeep, type SearchUpkeep } from "./search/upkeep.ts";
import { createBooks } from "./sellers/books.ts";
import type { LedgerPort } from "./sellers/ledger-port.ts";
import { createSellers, type Sellers } from "./sellers/sellers.ts";
import { createSigning } from "./signing/signing.ts";
import { createVersions, type Versions } from "./versions/versions.ts";

const standardMaxArtifactBytes = 100_000_000;
const standardOfflineDays = 30;
const minSecretBytes = 32;
/** A round that finds nothing is one read; after an update a million listings are written again within an hour. */
const searchEntriesMs = 2_000;
const searchIndexMs = 10 * minuteMs;

export interface MarketplaceOptions {
  readonly database: Database;
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly artifacts: ArtifactStore;
  /** Takes the money for an order. */
  readonly charge: ChargePort;
  /** Gives it back; without it, nothing can be refunded. */
  readonly refund?: RefundPort;
  /** The money ledger that sales, refunds and payouts are posted to, in their transactions. */
  readonly ledger?: LedgerPort;
  /** Pays publishers; without it, their balances grow and nothing is paid out. */
  readonly payout?: PayoutPort;
  readonly payouts?: PayoutTerms;
  /** Who may not buy from whom, besides a publisher from themselves. */
  readonly related?: RelatedPort;
  /** 15 % unless said otherwise: rules for all listings, or a function that gives a listing's. */
  readonly commission?: Commission | ((listing: Listing) => Commission);
  /** Runs renewals, payouts, the search's upkeep and what crashes left open by itself, once the queue is started. */
  readonly jobs?: Pick<Jobs, "schedule">;
  /** At least 32 bytes, the same in every instance: seals the keys that sign licences, and signs download links. */
  readonly secret: string;
  /** How long a signed licence is good where nobody can be asked, in days; 30 unless said otherwise. */
  readonly offlineDays?: number;
  /** Makes a licence key: unguessable and never the same twice. `rvl-` and 125 random bits unless said otherwise. */
  readonly licenseKeys?: () => string;
  /** Whether moderators look at a listing before it is on sale; they do not unless said otherwise. */
  readonly review?: boolean;
  /** The largest artifact that is taken, in bytes; 100 MB unless said otherwise. */
  readonly maxArtifactBytes?: number;
  readonly facts?: FactEmitter<MarketplaceFacts, Tx>;
}

export interface Marketplace {
  readonly listings: Listings;
  readonly versions: Versions;
  readonly moderation: Moderation;
  readonly orders: Orders;
  readonly refunds: Refunds;
  readonly sellers: Sellers;
  readonly payouts: Payouts;
  readonly licenses: Licenses;
  readonly courses: Courses;
  readonly downloads: Downloads;
  readonly reviews: Reviews;
  /**
   * For a subject that is no more (an account that is erased, an organization that is deleted): what they sell is taken off sale and
   * no longer shows their name; subscriptions that they buy or sell end with the period that is paid; their certificates and the names of
   * their devices are removed. Buyers keep what they bought, and what is owed is paid out.
   * @example facts.on("user.erased", (tx, { userId }) => marketplace.forget(userId, tx));
   */
  readonly forget: Forget;
  /** What `jobs` does by itself to keep the search complete and fast. */
  readonly searchUpkeep: SearchUpkeep;
}

/**
 * Puts the marketplace together. Apply {@link marketplaceMigrations} to the database first.
 * @throws RangeError for commission rules or payout terms that make no sense, and a secret of less than 32 bytes
 * @example
 * const marketplace = createMarketplace({
 *   database,
 *   artifacts: fileArtifactStore({ directory: "./data/artifacts" }),
 *   secret: process.env.MARKETPLACE_SECRET,
 *   charge: async ({ buyerId, ...charge }) => {
 *     const { id, status, clientSecret } = await payments.charge({ ...charge, subjectId: buyerId });
 *     return { paymentId: id, status, clientSecret };
 *   },
 * });
 */
export function createMarketplace({
  database: given,
  clock = systemClock,
  logger = silentLogger,
  artifacts,
  charge,
  secret,
  review = false,
  offlineDays = standardOfflineDays,
  refund: refundPort,
  ledger,
  payout: payoutPort,
  payouts: payoutTerms = {},
  related,
  commission = standardCommission,
  licenseKeys = createLicenseKey,
  maxArtifactBytes = standardMaxArtifactBytes,
  facts,
  jobs,
}: MarketplaceOptions): Marketplace {
  const database = repeating(given);
  if (typeof commission !== "function") assertCommission(commission);
  const commissionFor = (listing: Listing) =>
    rulesOf(typeof commission === "function" ? commission(listing) : commission);
  const holdMs = holdMsOf(payoutTerms);

  if (Buffer.byteLength(secret) < minSecretBytes) throw new RangeError("The secret has at least 32 bytes.");
  if (!(offlineDays > 0 && offlineDays <= 3_660)) throw new RangeError("offlineDays is more than 0, 3,660 at most");

  const shelf = createShelf({ clock, review });
  const signing = createSigning({ database, clock, secret });
  const books = createBooks({ ledger });
  const giveBack = createGiveBack({ clock });
  const followReview = createFollowReview({ clock, facts });
  const settlement = createSettlement({ clock, logger, books, followReview, licenseKeys, holdMs, facts, giveBack });
  const renewals = createRenewals({ database, clock, logger, charge, settlement, facts });
  const orders = createOrders({ database, clock, logger, charge, commissionFor, related, settlement, renewals });
  const refunds = createRefunds({ database, clock, logger, books, followReview, refundPort, facts });
  const payouts = createPayouts({ database, clock, logger, books, port: payoutPort, terms: payoutTerms, facts });
  const searchUpkeep = createSearchUpkeep({ database });

  jobs?.schedule("marketplace.renewals", minuteMs, async () => void (await orders.renewDue()));
  jobs?.schedule("marketplace.refunds", minuteMs, async () => void (await refunds.sendPending()));
  jobs?.schedule("marketplace.payouts", hourMs, async () => void (await payouts.run({ retryAfterMs: dayMs })));
  jobs?.schedule("marketplace.search-entries", searchEntriesMs, async () => void (await searchUpkeep.writeEntries()));
  jobs?.schedule("marketplace.search-index", searchIndexMs, searchUpkeep.maintainIndex);

  return {
    listings: createListings({ database, clock, shelf }),
    versions: createVersions({ database, clock, artifacts, maxArtifactBytes, shelf }),
    moderation: createModeration({ database, clock, shelf, facts }),
    orders,
    refunds,
    sellers: createSellers({ database, clock }),
    payouts,
    licenses: createLicenses({ database, clock, signing, licenseKeys, offlineDays }),
    courses: createCourses({ database, clock, signing }),
    downloads: createDownloads({ database, clock, artifacts, secret }),
    reviews: createReviews({ database, clock, facts }),
    forget: createForget({ database, shelf }),
    searchUpkeep,
  };
}
