import type { Money } from "@revops/core";
import { defineTables } from "@revops/database";
import type { LicenseTerms } from "./licenses/terms.ts";
import type { BillingInterval, Course, ListingKind, ListingStatus } from "./listings/listing.ts";
import type { ModerationAction } from "./moderation/moderation-entry.ts";
import type { CommissionRule, FrozenCommission } from "./orders/commission.ts";
import type { PurchaseStatus } from "./orders/purchase.ts";
import type { PayoutStatus } from "./payouts/payout.ts";
import type { DisputeStatus } from "./refunds/dispute.ts";
import type { RefundStatus } from "./refunds/refund.ts";
import type { SellerEntryKind } from "./sellers/entry.ts";

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
      /** How often the price is due; null is once. */
      interval: c.text().$type<BillingInterval>(),
      /** What a licence of it allows; null is anything. */
      licenseTerms: c.json<LicenseTerms>(),
      /** The lessons, of a course. */
      course: c.json<Course>(),
      /** Goes on sale with its first version, without being asked again. */
      publishesItself: c.flag(),
      /** Why it was rejected or suspended, for its publisher. */
      moderationReason: c.text(),
    },
    (table) => [
      c.uniqueIndex("marketplace_listings_slug_unique").on(table.slug),
      c.index("marketplace_listings_publisher").on(table.publisherId, table.id),
      c.index("marketplace_listings_by_downloads").on(table.status, table.downloads, table.id),
      c.index("marketplace_listings_by_age").on(table.status, table.createdAt, table.id),
      c.index("marketplace_listings_by_price").on(table.status, table.priceAmount, table.id),
      c.index("marketplace_listings_by_status").on(table.status, table.id),
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
      deprecatedAt: c.time(),
      /** What to use instead. */
      deprecation: c.text(),
      /** `.tgz`: how the file's name ends; null when the publisher did not say. */
      extension: c.text(),
    },
    (table) => [c.uniqueIndex("marketplace_versions_listing_id_version_unique").on(table.listingId, table.version)],
  ),
  /**
   * What the search finds and ranks: one narrow row per published listing. The full-text index beside it cannot be said
   * in this vocabulary: `0005_search_entries.sql` makes it (an FTS5 table whose rowid is the position, a column of lexemes).
   * What is added here is to be added to PostgreSQL's `marketplace_search_leaders` as well (`0007_search_leaders.sql`).
   */
  searchEntries: c.table(
    "marketplace_search_entries",
    {
      /** Smaller is more popular, see search/popularity.ts: matches are met in this order. */
      position: c.bigint().primaryKey(),
      listingId: c.text().notNull(),
      /** The part of the index it is in on PostgreSQL, see search/tsvector.ts; 0 on SQLite. */
      tier: c.integer().notNull(),
      category: c.text().notNull(),
      kind: c.text().$type<ListingKind>().notNull(),
      downloads: c.bigint().notNull(),
      /** What the downloads weigh in the ranking, in thousandths. */
      popularity: c.bigint().notNull(),
      priceAmount: c.bigint().notNull(),
      priceCurrency: c.text(),
      createdAt: c.time().notNull(),
      /** The name's words with a space between: what "exact name" and "name begins with" compare. */
      nameKey: c.text().notNull(),
      /** With a space before and after each. */
      tagWords: c.text().notNull(),
      summaryWords: c.text().notNull(),
      /** Which form it was written in, see search/entry.ts: what is in an earlier one is written again. */
      form: c.integer().notNull().default(1),
    },
    (table) => [
      c.index("marketplace_search_entries_by_form").on(table.form),
      c.uniqueIndex("marketplace_search_entries_listing_id_unique").on(table.listingId),
      c.index("marketplace_search_entries_by_name").on(table.nameKey, table.listingId),
    ],
  ),
  /** Where on PostgreSQL each part of the index begins: the one listing in a thousand that leads, then twice as many each. */
  searchTiers: c.table("marketplace_search_tiers", { tier: c.integer().primaryKey(), position: c.bigint().notNull() }),
  /** Listings whose entry is to be written again, by a job: their popularity has changed, or the entry's form has. */
  searchBacklog: c.table("marketplace_search_backlog", { listingId: c.text().primaryKey() }),
  /** The words of names, tags, categories and summaries, and in how many listings they were: what typed words are mended to. */
  searchWords: c.table("marketplace_search_words", { word: c.text().primaryKey(), uses: c.bigint().notNull() }),
  /** Each word under the ways it may be misspelt: see search/spelling.ts. */
  searchSpellings: c.table(
    "marketplace_search_spellings",
    { spelling: c.text().notNull(), word: c.text().notNull() },
    (table) => [c.primaryKey({ columns: [table.spelling, table.word] })],
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
      commissionRule: c.json<FrozenCommission | CommissionRule>(),
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
      /** Frozen with the price: how often it is due, and what the licence allows. */
      interval: c.text().$type<BillingInterval>(),
      licenseTerms: c.json<LicenseTerms>(),
      /** Of what all charges took, what went back to the buyer. */
      refundedAmount: c.bigint(),
      /** Of a subscription: where its periods are reckoned from, the paid one, and how many were paid after the first. */
      anchor: c.time(),
      periodStart: c.time(),
      periodEnd: c.time(),
      renewals: c.integer(),
      /** When it is next charged or ended; null when never. */
      renewAt: c.time(),
      /** How often the charge that is due was refused. */
      renewalTries: c.integer(),
      cancelAtPeriodEnd: c.flag(),
      endedAt: c.time(),
    },
    (table) => [
      c.index("marketplace_orders_renew_at").on(table.renewAt),
      c.index("marketplace_orders_listing").on(table.listingId, table.id),
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
      /** Frozen from the order; null allows anything. */
      terms: c.json<LicenseTerms>(),
      /** How many devices it is active on; one row of `marketplace_activations` for each. */
      activations: c.integer(),
      /** Null: for ever. Moves on with each paid period of a subscription. */
      expiresAt: c.time(),
      /** While the money for it is disputed. */
      suspendedAt: c.time(),
      revokedAt: c.time(),
      revokeReason: c.text(),
    },
    (table) => [
      c.index("marketplace_licenses_subject").on(table.subjectId, table.id),
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
  /** Devices or instances that a licence is active on. */
  activations: c.table(
    "marketplace_activations",
    {
      licenseId: c.text().notNull(),
      /** What the software says about where it runs: a hash of its own making. */
      fingerprint: c.text().notNull(),
      name: c.text(),
      activatedAt: c.time().notNull(),
    },
    (table) => [c.primaryKey({ columns: [table.licenseId, table.fingerprint] })],
  ),
  /** Ed25519 keys that sign licences and certificates. */
  signingKeys: c.table(
    "marketplace_signing_keys",
    {
      kid: c.text().primaryKey(),
      /** The public key in base64url, as in a JWK's `x`. */
      publicKey: c.text().notNull(),
      /** The private key, sealed with the marketplace's secret. */
      sealed: c.text().notNull(),
      /** True for the one that signs, null for those before it. */
      current: c.flag(),
      createdAt: c.time().notNull(),
      /** When it was found out: what it signed is no longer believed. */
      revokedAt: c.time(),
    },
    (table) => [c.uniqueIndex("marketplace_signing_keys_current_unique").on(table.current)],
  ),
  /** Money that came in for an order: one row for its first payment, and one for each renewal. */
  sales: c.table(
    "marketplace_sales",
    {
      /** The payment's reference: the order's id, or that and the number of the period. */
      id: c.text().primaryKey(),
      orderId: c.text().notNull(),
      publisherId: c.text().notNull(),
      paymentId: c.text().notNull(),
      currency: c.text().notNull(),
      /** Minor units, as all amounts here; `amount` less `commission` is the publisher's. */
      amount: c.bigint().notNull(),
      commission: c.bigint().notNull(),
      paidAt: c.time().notNull(),
      /** From when on the earnings may be paid out. */
      availableAt: c.time().notNull(),
      /** Asked for and not refused: guards `amount` against two refunds at once. */
      refundRequested: c.bigint().notNull(),
      /** Known to have gone back, in all. */
      refunded: c.bigint().notNull(),
      /** Withheld by disputes that are open or lost. */
      disputed: c.bigint().notNull(),
      /** What of amount and commission was taken back from their accounts so far. */
      reversed: c.bigint().notNull(),
      reversedCommission: c.bigint().notNull(),
    },
    (table) => [
      c.index("marketplace_sales_order").on(table.orderId, table.id),
      c.index("marketplace_sales_payment").on(table.paymentId),
    ],
  ),
  /** What the marketplace owes a publisher, per currency. */
  sellers: c.table(
    "marketplace_sellers",
    {
      publisherId: c.text().notNull(),
      currency: c.text().notNull(),
      /** The sum of the entries; negative after more was taken back than earned since. */
      balance: c.bigint().notNull(),
      /** What buyers paid in all, less what went back: commission tiers go by it. */
      volume: c.bigint().notNull(),
      /** The number of the last entry. */
      entries: c.bigint().notNull(),
    },
    (table) => [c.primaryKey({ columns: [table.publisherId, table.currency] })],
  ),
  /** Every change of a balance; never changed or removed. */
  sellerEntries: c.table(
    "marketplace_seller_entries",
    {
      publisherId: c.text().notNull(),
      currency: c.text().notNull(),
      /** 1, 2, 3 … in the order in which they were committed. */
      number: c.bigint().notNull(),
      kind: c.text().$type<SellerEntryKind>().notNull(),
      /** The posting's id in the money ledger; one entry each. */
      postingId: c.text().notNull(),
      orderId: c.text(),
      payoutId: c.text(),
      /** What the buyer paid (or got back, negative), the marketplace's share of it, and what is left for the publisher. */
      gross: c.bigint().notNull(),
      commission: c.bigint().notNull(),
      amount: c.bigint().notNull(),
      /** The balance after it. */
      balance: c.bigint().notNull(),
      at: c.time().notNull(),
      availableAt: c.time().notNull(),
    },
    (table) => [
      c.primaryKey({ columns: [table.publisherId, table.currency, table.number] }),
      c.uniqueIndex("marketplace_seller_entries_posting_id_unique").on(table.postingId),
      c.index("marketplace_seller_entries_available").on(table.publisherId, table.currency, table.availableAt),
    ],
  ),
  /** Refunds that were asked for: stored before anyone is called. */
  refunds: c.table(
    "marketplace_refunds",
    {
      /** `ref_…`, the reference under which the money goes back once. */
      id: c.text().primaryKey(),
      orderId: c.text().notNull(),
      /** Null for money that came in for nothing: its order was paid otherwise. */
      saleId: c.text(),
      paymentId: c.text().notNull(),
      amount: c.bigint().notNull(),
      currency: c.text().notNull(),
      reason: c.text(),
      requestedBy: c.text(),
      status: c.text().$type<RefundStatus>().notNull(),
      /** Until when one caller has it to itself. */
      sendingUntil: c.time(),
      createdAt: c.time().notNull(),
      settledAt: c.time(),
      failure: c.text(),
    },
    (table) => [
      c.index("marketplace_refunds_order").on(table.orderId, table.id),
      c.index("marketplace_refunds_open").on(table.status, table.sendingUntil),
    ],
  ),
  disputes: c.table("marketplace_disputes", {
    /** As the payment provider calls it. */
    id: c.text().primaryKey(),
    saleId: c.text().notNull(),
    amount: c.bigint().notNull(),
    status: c.text().$type<DisputeStatus>().notNull(),
    at: c.time().notNull(),
  }),
  /** Money on its way to a publisher: stored before the transfer is made. */
  payouts: c.table(
    "marketplace_payouts",
    {
      /** `po_…`, the transfer's reference. */
      id: c.text().primaryKey(),
      publisherId: c.text().notNull(),
      currency: c.text().notNull(),
      amount: c.bigint().notNull(),
      accountId: c.text().notNull(),
      status: c.text().$type<PayoutStatus>().notNull(),
      /** True while pending, null afterwards: a publisher has one at a time. */
      open: c.flag(),
      sendingUntil: c.time(),
      transferId: c.text(),
      failure: c.text(),
      createdAt: c.time().notNull(),
      settledAt: c.time(),
    },
    (table) => [
      c
        .uniqueIndex("marketplace_payouts_publisher_id_currency_open_unique")
        .on(table.publisherId, table.currency, table.open),
      c.index("marketplace_payouts_publisher").on(table.publisherId, table.id),
      c.index("marketplace_payouts_status").on(table.status, table.sendingUntil),
    ],
  ),
  reviews: c.table(
    "marketplace_reviews",
    {
      id: c.text().primaryKey(),
      listingId: c.text().notNull(),
      subjectId: c.text().notNull(),
      rating: c.integer().notNull(),
      text: c.text(),
      createdAt: c.time().notNull(),
      updatedAt: c.time().notNull(),
      /** Since when its author does not have what they reviewed: it is not shown, and is not in the rating. Null while it stands. */
      withdrawnAt: c.time(),
    },
    (table) => [
      c.uniqueIndex("marketplace_reviews_listing_id_subject_id_unique").on(table.listingId, table.subjectId),
      c.index("marketplace_reviews_listing").on(table.listingId, table.id),
    ],
  ),
  /** Who decided what about a listing, and why. */
  moderations: c.table(
    "marketplace_moderations",
    {
      id: c.text().primaryKey(),
      listingId: c.text().notNull(),
      action: c.text().$type<ModerationAction>().notNull(),
      reason: c.text(),
      /** Null: the publisher's own act. */
      moderatorId: c.text(),
      at: c.time().notNull(),
    },
    (table) => [c.index("marketplace_moderations_listing").on(table.listingId, table.id)],
  ),
  lessons: c.table(
    "marketplace_completed_lessons",
    { orderId: c.text().notNull(), lessonId: c.text().notNull(), at: c.time().notNull() },
    (table) => [c.primaryKey({ columns: [table.orderId, table.lessonId] })],
  ),
  certificates: c.table(
    "marketplace_certificates",
    {
      id: c.text().primaryKey(),
      orderId: c.text().notNull(),
      listingId: c.text().notNull(),
      listingName: c.text().notNull(),
      subjectId: c.text().notNull(),
      /** The name that it is made out to. */
      holder: c.text().notNull(),
      issuedAt: c.time().notNull(),
      revokedAt: c.time(),
    },
    (table) => [c.uniqueIndex("marketplace_certificates_order_id_unique").on(table.orderId)],
  ),
}));
