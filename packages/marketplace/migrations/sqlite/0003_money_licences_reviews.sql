CREATE TABLE "marketplace_activations" (
	"license_id" text NOT NULL,
	"fingerprint" text NOT NULL,
	"name" text,
	"activated_at" integer NOT NULL,
	PRIMARY KEY("license_id", "fingerprint")
) STRICT;
CREATE TABLE "marketplace_signing_keys" (
	"kid" text PRIMARY KEY NOT NULL,
	"public_key" text NOT NULL,
	"sealed" text NOT NULL,
	"current" integer,
	"created_at" integer NOT NULL,
	"revoked_at" integer
) STRICT;
CREATE UNIQUE INDEX "marketplace_signing_keys_current_unique" ON "marketplace_signing_keys" ("current");
CREATE TABLE "marketplace_sales" (
	"id" text PRIMARY KEY NOT NULL,
	"order_id" text NOT NULL,
	"publisher_id" text NOT NULL,
	"payment_id" text NOT NULL,
	"currency" text NOT NULL,
	"amount" integer NOT NULL,
	"commission" integer NOT NULL,
	"paid_at" integer NOT NULL,
	"available_at" integer NOT NULL,
	"refund_requested" integer NOT NULL,
	"refunded" integer NOT NULL,
	"disputed" integer NOT NULL,
	"reversed" integer NOT NULL,
	"reversed_commission" integer NOT NULL
) STRICT;
CREATE INDEX "marketplace_sales_order" ON "marketplace_sales" ("order_id","id");
CREATE INDEX "marketplace_sales_payment" ON "marketplace_sales" ("payment_id");
CREATE TABLE "marketplace_sellers" (
	"publisher_id" text NOT NULL,
	"currency" text NOT NULL,
	"balance" integer NOT NULL,
	"volume" integer NOT NULL,
	"entries" integer NOT NULL,
	PRIMARY KEY("publisher_id", "currency")
) STRICT;
CREATE TABLE "marketplace_seller_entries" (
	"publisher_id" text NOT NULL,
	"currency" text NOT NULL,
	"number" integer NOT NULL,
	"kind" text NOT NULL,
	"posting_id" text NOT NULL,
	"order_id" text,
	"payout_id" text,
	"gross" integer NOT NULL,
	"commission" integer NOT NULL,
	"amount" integer NOT NULL,
	"balance" integer NOT NULL,
	"at" integer NOT NULL,
	"available_at" integer NOT NULL,
	PRIMARY KEY("publisher_id", "currency", "number")
) STRICT;
CREATE UNIQUE INDEX "marketplace_seller_entries_posting_id_unique" ON "marketplace_seller_entries" ("posting_id");
CREATE INDEX "marketplace_seller_entries_available" ON "marketplace_seller_entries" ("publisher_id","currency","available_at");
CREATE TABLE "marketplace_refunds" (
	"id" text PRIMARY KEY NOT NULL,
	"order_id" text NOT NULL,
	"sale_id" text,
	"payment_id" text NOT NULL,
	"amount" integer NOT NULL,
	"currency" text NOT NULL,
	"reason" text,
	"requested_by" text,
	"status" text NOT NULL,
	"sending_until" integer,
	"created_at" integer NOT NULL,
	"settled_at" integer,
	"failure" text
) STRICT;
CREATE INDEX "marketplace_refunds_order" ON "marketplace_refunds" ("order_id","id");
CREATE INDEX "marketplace_refunds_open" ON "marketplace_refunds" ("status","sending_until");
CREATE TABLE "marketplace_disputes" (
	"id" text PRIMARY KEY NOT NULL,
	"sale_id" text NOT NULL,
	"amount" integer NOT NULL,
	"status" text NOT NULL,
	"at" integer NOT NULL
) STRICT;
CREATE TABLE "marketplace_payouts" (
	"id" text PRIMARY KEY NOT NULL,
	"publisher_id" text NOT NULL,
	"currency" text NOT NULL,
	"amount" integer NOT NULL,
	"account_id" text NOT NULL,
	"status" text NOT NULL,
	"open" integer,
	"sending_until" integer,
	"transfer_id" text,
	"failure" text,
	"created_at" integer NOT NULL,
	"settled_at" integer
) STRICT;
CREATE UNIQUE INDEX "marketplace_payouts_publisher_id_currency_open_unique" ON "marketplace_payouts" ("publisher_id","currency","open");
CREATE INDEX "marketplace_payouts_publisher" ON "marketplace_payouts" ("publisher_id","id");
CREATE INDEX "marketplace_payouts_status" ON "marketplace_payouts" ("status","sending_until");
CREATE TABLE "marketplace_reviews" (
	"id" text PRIMARY KEY NOT NULL,
	"listing_id" text NOT NULL,
	"subject_id" text NOT NULL,
	"rating" integer NOT NULL,
	"text" text,
	"created_at" integer NOT NULL,
	"updated_at" integer NOT NULL
) STRICT;
CREATE UNIQUE INDEX "marketplace_reviews_listing_id_subject_id_unique" ON "marketplace_reviews" ("listing_id","subject_id");
CREATE INDEX "marketplace_reviews_listing" ON "marketplace_reviews" ("listing_id","id");
CREATE TABLE "marketplace_moderations" (
	"id" text PRIMARY KEY NOT NULL,
	"listing_id" text NOT NULL,
	"action" text NOT NULL,
	"reason" text,
	"moderator_id" text,
	"at" integer NOT NULL
) STRICT;
CREATE INDEX "marketplace_moderations_listing" ON "marketplace_moderations" ("listing_id","id");
CREATE TABLE "marketplace_completed_lessons" (
	"order_id" text NOT NULL,
	"lesson_id" text NOT NULL,
	"at" integer NOT NULL,
	PRIMARY KEY("order_id", "lesson_id")
) STRICT;
CREATE TABLE "marketplace_certificates" (
	"id" text PRIMARY KEY NOT NULL,
	"order_id" text NOT NULL,
	"listing_id" text NOT NULL,
	"listing_name" text NOT NULL,
	"subject_id" text NOT NULL,
	"holder" text NOT NULL,
	"issued_at" integer NOT NULL,
	"revoked_at" integer
) STRICT;
CREATE UNIQUE INDEX "marketplace_certificates_order_id_unique" ON "marketplace_certificates" ("order_id");
ALTER TABLE "marketplace_listings" ADD "interval" text;
ALTER TABLE "marketplace_listings" ADD "license_terms" text;
ALTER TABLE "marketplace_listings" ADD "course" text;
ALTER TABLE "marketplace_listings" ADD "publishes_itself" integer;
ALTER TABLE "marketplace_listings" ADD "moderation_reason" text;
CREATE INDEX "marketplace_listings_by_status" ON "marketplace_listings" ("status","id");
ALTER TABLE "marketplace_versions" ADD "deprecated_at" integer;
ALTER TABLE "marketplace_versions" ADD "deprecation" text;
ALTER TABLE "marketplace_versions" ADD "extension" text;
ALTER TABLE "marketplace_orders" ADD "interval" text;
ALTER TABLE "marketplace_orders" ADD "license_terms" text;
ALTER TABLE "marketplace_orders" ADD "refunded_amount" integer;
ALTER TABLE "marketplace_orders" ADD "anchor" integer;
ALTER TABLE "marketplace_orders" ADD "period_start" integer;
ALTER TABLE "marketplace_orders" ADD "period_end" integer;
ALTER TABLE "marketplace_orders" ADD "renewals" integer;
ALTER TABLE "marketplace_orders" ADD "renew_at" integer;
ALTER TABLE "marketplace_orders" ADD "renewal_tries" integer;
ALTER TABLE "marketplace_orders" ADD "cancel_at_period_end" integer;
ALTER TABLE "marketplace_orders" ADD "ended_at" integer;
CREATE INDEX "marketplace_orders_renew_at" ON "marketplace_orders" ("renew_at");
CREATE INDEX "marketplace_orders_listing" ON "marketplace_orders" ("listing_id","id");
ALTER TABLE "marketplace_licenses" ADD "terms" text;
ALTER TABLE "marketplace_licenses" ADD "activations" integer;
ALTER TABLE "marketplace_licenses" ADD "expires_at" integer;
ALTER TABLE "marketplace_licenses" ADD "suspended_at" integer;
ALTER TABLE "marketplace_licenses" ADD "revoked_at" integer;
ALTER TABLE "marketplace_licenses" ADD "revoke_reason" text;
CREATE INDEX "marketplace_licenses_subject" ON "marketplace_licenses" ("subject_id","id");
