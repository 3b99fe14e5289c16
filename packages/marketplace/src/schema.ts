import type { Money } from "@revops/core";
import { defineTables } from "@revops/database";
import type { ListingKind, ListingStatus } from "./listings/listing.ts";
import type { CommissionRule } from "./orders/commission.ts";
import type { PurchaseStatus } from "./orders/purchase.ts";

export const marketplaceTables = defineTables((c) => ({
  /** What a publisher offers. */
  listings: c.table(
    "marketplace_listings",
    {
      id: c.text().primaryKey(),
      slug: c.text().notNull(),
      publisherId: c.text().notNull(),
      publisherName: c.text(),
      name: c.text().notNull(),
      kind: c.text().$type<ListingKind>().notNull(),
      summary: c.text().notNull(),
      description: c.text().notNull(),
      category: c.text().notNull(),
      tags: c.json<string[]>().notNull(),
      /** Minor units of `price_currency`, 0 when free. */
      priceAmount: c.bigint().notNull(),
      /** Null when free. */
      priceCurrency: c.text(),
      status: c.text().$type<ListingStatus>().notNull(),
      /** What `latest` means now; kept with every publication and yank, in its transaction. */
      latestVersion: c.text(),
      /** How many subjects have downloaded it: one per row of `marketplace_downloads`. */
      downloads: c.bigint().notNull(),
      /** Sum and number of the ratings, so that the average is exact however many there are. */
      ratingSum: c.bigint().notNull(),
      ratingCount: c.bigint().notNull(),
      createdAt: c.time().notNull(),
      publishedAt: c.time(),
    },
    (table) => [
      c.uniqueIndex("marketplace_listings_slug_unique").on(table.slug),
      c.index("marketplace_listings_publisher").on(table.publisherId, table.id),
      c.index("marketplace_listings_by_downloads").on(table.status, table.downloads, table.id),
      c.index("marketplace_listings_by_age").on(table.status, table.createdAt, table.id),
      c.index("marketplace_listings_by_price").on(table.status, table.priceAmount, table.id),
    ],
  ),
  /** The tags again, one a row, to filter by. */
  listingTags: c.table(
    "marketplace_listing_tags",
    { tag: c.text().notNull(), listingId: c.text().notNull() },
    (table) => [c.primaryKey({ columns: [table.tag, table.listingId] })],
  ),
  /** Published versions; a row is never changed but for its yank. */
  versions: c.table(
    "marketplace_versions",
    {
      id: c.text().primaryKey(),
      listingId: c.text().notNull(),
      version: c.text().notNull(),
      size: c.bigint().notNull(),
      /** Hexadecimal, as `sha256sum` prints it; the artifact's name in the store. */
      sha256: c.text().notNull(),
      publishedAt: c.time().notNull(),
      yankedAt: c.time(),
      yankReason: c.text(),
    },
    (table) => [c.uniqueIndex("marketplace_versions_listing_id_version_unique").on(table.listingId, table.version)],
  ),
  /**
   * What is found by words: one row per published listing. The full-text index over `terms` cannot be said in this
   * vocabulary: `0002_search.sql` makes it and keeps it in step (triggers on SQLite, a generated column on PostgreSQL).
   */
  searchDocuments: c.table(
    "marketplace_search_documents",
    {
      /** Smaller is more popular, see search/popularity.ts: the full-text index is walked in this order. */
      position: c.bigint().primaryKey(),
      listingId: c.text().notNull(),
      /** The name's words with a space between: what "exact name" and "name begins with" compare. */
      nameKey: c.text().notNull(),
      tagWords: c.text().notNull(),
      summaryWords: c.text().notNull(),
      /** What it is found by, with a space between: see search/document.ts. */
      terms: c.text().notNull(),
    },
    (table) => [
      c.uniqueIndex("marketplace_search_documents_listing_id_unique").on(table.listingId),
      c.index("marketplace_search_documents_name_key").on(table.nameKey),
    ],
  ),
  /** Who bought what for how much, and how the money is split: frozen when the order is made. */
  orders: c.table(
    "marketplace_orders",
    {
      id: c.text().primaryKey(),
      buyerId: c.text().notNull(),
      listingId: c.text().notNull(),
      publisherId: c.text().notNull(),
      /** Null when the listing was free. */
      price: c.json<Money>(),
      commission: c.json<Money>(),
      /** The rule that gave `commission`, so that the amount can be explained later. */
      commissionRule: c.json<CommissionRule>(),
      status: c.text().$type<PurchaseStatus>().notNull(),
      /**
       * True while pending or paid, null afterwards. Null is distinct from null in a unique index of both databases,
       * so a buyer has one such order per listing and any number of failed ones.
       */
      current: c.flag(),
      /** Until when one caller has the charge to itself. Another waits for politeness only: the charge is keyed by id. */
      chargingUntil: c.time(),
      paymentId: c.text(),
      createdAt: c.time().notNull(),
      settledAt: c.time(),
    },
    (table) => [
      c
        .uniqueIndex("marketplace_orders_buyer_id_listing_id_current_unique")
        .on(table.buyerId, table.listingId, table.current),
      c.index("marketplace_orders_buyer").on(table.buyerId, table.id),
    ],
  ),
  /** One per paid order. The key is kept readable: the buyer looks it up again in the list of purchases. */
  licenses: c.table(
    "marketplace_licenses",
    {
      id: c.text().primaryKey(),
      orderId: c.text().notNull(),
      listingId: c.text().notNull(),
      subjectId: c.text().notNull(),
      key: c.text().notNull(),
      issuedAt: c.time().notNull(),
    },
    (table) => [
      c.uniqueIndex("marketplace_licenses_order_id_unique").on(table.orderId),
      c.uniqueIndex("marketplace_licenses_key_unique").on(table.key),
    ],
  ),
  /** The first download of a listing by a subject. */
  downloads: c.table(
    "marketplace_downloads",
    {
      listingId: c.text().notNull(),
      subjectId: c.text().notNull(),
      version: c.text().notNull(),
      at: c.time().notNull(),
    },
    (table) => [c.primaryKey({ columns: [table.listingId, table.subjectId] })],
  ),
}));
