CREATE TABLE "marketplace_activations" (
	"license_id" text NOT NULL,
	"fingerprint" text NOT NULL,
	"name" text,
	"activated_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "marketplace_activations_license_id_fingerprint_pk" PRIMARY KEY("license_id","fingerprint")
);
CREATE TABLE "marketplace_signing_keys" (
	"kid" text PRIMARY KEY NOT NULL,
	"public_key" text NOT NULL,
	"sealed" text NOT NULL,
	"current" boolean,
	"created_at" timestamp (3) with time zone NOT NULL,
	"revoked_at" timestamp (3) with time zone
);
CREATE TABLE "marketplace_sales" (
	"id" text PRIMARY KEY NOT NULL,
	"order_id" text NOT NULL,
	"publisher_id" text NOT NULL,
	"payment_id" text NOT NULL,
	"currency" text NOT NULL,
	"amount" bigint NOT NULL,
	"commission" bigint NOT NULL,
	"paid_at" timestamp (3) with time zone NOT NULL,
	"available_at" timestamp (3) with time zone NOT NULL,
	"refund_requested" bigint NOT NULL,
	"refunded" bigint NOT NULL,
	"disputed" bigint NOT NULL,
	"reversed" bigint NOT NULL,
	"reversed_commission" bigint NOT NULL
);
CREATE TABLE "marketplace_sellers" (
	"publisher_id" text NOT NULL,
	"currency" text NOT NULL,
	"balance" bigint NOT NULL,
	"volume" bigint NOT NULL,
	"entries" bigint NOT NULL,
	CONSTRAINT "marketplace_sellers_publisher_id_currency_pk" PRIMARY KEY("publisher_id","currency")
);
CREATE TABLE "marketplace_seller_entries" (
	"publisher_id" text NOT NULL,
	"currency" text NOT NULL,
	"number" bigint NOT NULL,
	"kind" text NOT NULL,
	"posting_id" text NOT NULL,
	"order_id" text,
	"payout_id" text,
	"gross" bigint NOT NULL,
	"commission" bigint NOT NULL,
	"amount" bigint NOT NULL,
	"balance" bigint NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"available_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "marketplace_seller_entries_publisher_id_currency_number_pk" PRIMARY KEY("publisher_id","currency","number")
);
CREATE TABLE "marketplace_refunds" (
	"id" text PRIMARY KEY NOT NULL,
	"order_id" text NOT NULL,
	"sale_id" text,
	"payment_id" text NOT NULL,
	"amount" bigint NOT NULL,
	"currency" text NOT NULL,
	"reason" text,
	"requested_by" text,
	"status" text NOT NULL,
	"sending_until" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"settled_at" timestamp (3) with time zone,
	"failure" text
);
CREATE TABLE "marketplace_disputes" (
	"id" text PRIMARY KEY NOT NULL,
	"sale_id" text NOT NULL,
	"amount" bigint NOT NULL,
	"status" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL
);
CREATE TABLE "marketplace_payouts" (
	"id" text PRIMARY KEY NOT NULL,
	"publisher_id" text NOT NULL,
	"currency" text NOT NULL,
	"amount" bigint NOT NULL,
	"account_id" text NOT NULL,
	"status" text NOT NULL,
	"open" boolean,
	"sending_until" timestamp (3) with time zone,
	"transfer_id" text,
	"failure" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"settled_at" timestamp (3) with time zone
);
CREATE TABLE "marketplace_reviews" (
	"id" text PRIMARY KEY NOT NULL,
	"listing_id" text NOT NULL,
	"subject_id" text NOT NULL,
	"rating" integer NOT NULL,
	"text" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL
);
CREATE TABLE "marketplace_moderations" (
	"id" text PRIMARY KEY NOT NULL,
	"listing_id" text NOT NULL,
	"action" text NOT NULL,
	"reason" text,
	"moderator_id" text,
	"at" timestamp (3) with time zone NOT NULL
);
CREATE TABLE "marketplace_completed_lessons" (
	"order_id" text NOT NULL,
	"lesson_id" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "marketplace_completed_lessons_order_id_lesson_id_pk" PRIMARY KEY("order_id","lesson_id")
);
CREATE TABLE "marketplace_certificates" (
	"id" text PRIMARY KEY NOT NULL,
	"order_id" text NOT NULL,
	"listing_id" text NOT NULL,
	"listing_name" text NOT NULL,
	"subject_id" text NOT NULL,
	"holder" text NOT NULL,
	"issued_at" timestamp (3) with time zone NOT NULL,
	"revoked_at" timestamp (3) with time zone
);
ALTER TABLE "marketplace_listings" ADD COLUMN "interval" text;
ALTER TABLE "marketplace_listings" ADD COLUMN "license_terms" jsonb;
ALTER TABLE "marketplace_listings" ADD COLUMN "course" jsonb;
ALTER TABLE "marketplace_listings" ADD COLUMN "publishes_itself" boolean;
ALTER TABLE "marketplace_listings" ADD COLUMN "moderation_reason" text;
ALTER TABLE "marketplace_versions" ADD COLUMN "deprecated_at" timestamp (3) with time zone;
ALTER TABLE "marketplace_versions" ADD COLUMN "deprecation" text;
ALTER TABLE "marketplace_versions" ADD COLUMN "extension" text;
ALTER TABLE "marketplace_orders" ADD COLUMN "interval" text;
ALTER TABLE "marketplace_orders" ADD COLUMN "license_terms" jsonb;
ALTER TABLE "marketplace_orders" ADD COLUMN "refunded_amount" bigint;
ALTER TABLE "marketplace_orders" ADD COLUMN "anchor" timestamp (3) with time zone;
ALTER TABLE "marketplace_orders" ADD COLUMN "period_start" timestamp (3) with time zone;
ALTER TABLE "marketplace_orders" ADD COLUMN "period_end" timestamp (3) with time zone;
ALTER TABLE "marketplace_orders" ADD COLUMN "renewals" integer;
ALTER TABLE "marketplace_orders" ADD COLUMN "renew_at" timestamp (3) with time zone;
ALTER TABLE "marketplace_orders" ADD COLUMN "renewal_tries" integer;
ALTER TABLE "marketplace_orders" ADD COLUMN "cancel_at_period_end" boolean;
ALTER TABLE "marketplace_orders" ADD COLUMN "ended_at" timestamp (3) with time zone;
ALTER TABLE "marketplace_licenses" ADD COLUMN "terms" jsonb;
ALTER TABLE "marketplace_licenses" ADD COLUMN "activations" integer;
ALTER TABLE "marketplace_licenses" ADD COLUMN "expires_at" timestamp (3) with time zone;
ALTER TABLE "marketplace_licenses" ADD COLUMN "suspended_at" timestamp (3) with time zone;
ALTER TABLE "marketplace_licenses" ADD COLUMN "revoked_at" timestamp (3) with time zone;
ALTER TABLE "marketplace_licenses" ADD COLUMN "revoke_reason" text;
CREATE UNIQUE INDEX "marketplace_signing_keys_current_unique" ON "marketplace_signing_keys" USING btree ("current");
CREATE INDEX "marketplace_sales_order" ON "marketplace_sales" USING btree ("order_id","id");
CREATE INDEX "marketplace_sales_payment" ON "marketplace_sales" USING btree ("payment_id");
CREATE UNIQUE INDEX "marketplace_seller_entries_posting_id_unique" ON "marketplace_seller_entries" USING btree ("posting_id");
CREATE INDEX "marketplace_seller_entries_available" ON "marketplace_seller_entries" USING btree ("publisher_id","currency","available_at");
CREATE INDEX "marketplace_refunds_order" ON "marketplace_refunds" USING btree ("order_id","id");
CREATE INDEX "marketplace_refunds_open" ON "marketplace_refunds" USING btree ("status","sending_until");
CREATE UNIQUE INDEX "marketplace_payouts_publisher_id_currency_open_unique" ON "marketplace_payouts" USING btree ("publisher_id","currency","open");
CREATE INDEX "marketplace_payouts_publisher" ON "marketplace_payouts" USING btree ("publisher_id","id");
CREATE INDEX "marketplace_payouts_status" ON "marketplace_payouts" USING btree ("status","sending_until");
CREATE UNIQUE INDEX "marketplace_reviews_listing_id_subject_id_unique" ON "marketplace_reviews" USING btree ("listing_id","subject_id");
CREATE INDEX "marketplace_reviews_listing" ON "marketplace_reviews" USING btree ("listing_id","id");
CREATE INDEX "marketplace_moderations_listing" ON "marketplace_moderations" USING btree ("listing_id","id");
CREATE UNIQUE INDEX "marketplace_certificates_order_id_unique" ON "marketplace_certificates" USING btree ("order_id");
CREATE INDEX "marketplace_listings_by_status" ON "marketplace_listings" USING btree ("status","id");
CREATE INDEX "marketplace_orders_renew_at" ON "marketplace_orders" USING btree ("renew_at");
CREATE INDEX "marketplace_orders_listing" ON "marketplace_orders" USING btree ("listing_id","id");
CREATE INDEX "marketplace_licenses_subject" ON "marketplace_licenses" USING btree ("subject_id","id");
