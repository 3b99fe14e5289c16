CREATE TABLE "marketplace_listings" (
	"id" text PRIMARY KEY NOT NULL,
	"slug" text NOT NULL,
	"publisher_id" text NOT NULL,
	"publisher_name" text,
	"name" text NOT NULL,
	"kind" text NOT NULL,
	"summary" text NOT NULL,
	"description" text NOT NULL,
	"category" text NOT NULL,
	"tags" text NOT NULL,
	"price_amount" integer NOT NULL,
	"price_currency" text,
	"status" text NOT NULL,
	"latest_version" text,
	"downloads" integer NOT NULL,
	"rating_sum" integer NOT NULL,
	"rating_count" integer NOT NULL,
	"created_at" integer NOT NULL,
	"published_at" integer
) STRICT;
CREATE UNIQUE INDEX "marketplace_listings_slug_unique" ON "marketplace_listings" ("slug");
CREATE INDEX "marketplace_listings_publisher" ON "marketplace_listings" ("publisher_id","id");
CREATE INDEX "marketplace_listings_by_downloads" ON "marketplace_listings" ("status","downloads","id");
CREATE INDEX "marketplace_listings_by_age" ON "marketplace_listings" ("status","created_at","id");
CREATE INDEX "marketplace_listings_by_price" ON "marketplace_listings" ("status","price_amount","id");
CREATE TABLE "marketplace_listing_tags" (
	"tag" text NOT NULL,
	"listing_id" text NOT NULL,
	PRIMARY KEY("tag", "listing_id")
) STRICT;
CREATE TABLE "marketplace_versions" (
	"id" text PRIMARY KEY NOT NULL,
	"listing_id" text NOT NULL,
	"version" text NOT NULL,
	"size" integer NOT NULL,
	"sha256" text NOT NULL,
	"published_at" integer NOT NULL,
	"yanked_at" integer,
	"yank_reason" text
) STRICT;
CREATE UNIQUE INDEX "marketplace_versions_listing_id_version_unique" ON "marketplace_versions" ("listing_id","version");
CREATE TABLE "marketplace_search_documents" (
	"position" integer PRIMARY KEY NOT NULL,
	"listing_id" text NOT NULL,
	"name_key" text NOT NULL,
	"tag_words" text NOT NULL,
	"summary_words" text NOT NULL,
	"terms" text NOT NULL
) STRICT;
CREATE UNIQUE INDEX "marketplace_search_documents_listing_id_unique" ON "marketplace_search_documents" ("listing_id");
CREATE INDEX "marketplace_search_documents_name_key" ON "marketplace_search_documents" ("name_key");
CREATE TABLE "marketplace_orders" (
	"id" text PRIMARY KEY NOT NULL,
	"buyer_id" text NOT NULL,
	"listing_id" text NOT NULL,
	"publisher_id" text NOT NULL,
	"price" text,
	"commission" text,
	"commission_rule" text,
	"status" text NOT NULL,
	"current" integer,
	"charging_until" integer,
	"payment_id" text,
	"created_at" integer NOT NULL,
	"settled_at" integer
) STRICT;
CREATE UNIQUE INDEX "marketplace_orders_buyer_id_listing_id_current_unique" ON "marketplace_orders" ("buyer_id","listing_id","current");
CREATE INDEX "marketplace_orders_buyer" ON "marketplace_orders" ("buyer_id","id");
CREATE TABLE "marketplace_licenses" (
	"id" text PRIMARY KEY NOT NULL,
	"order_id" text NOT NULL,
	"listing_id" text NOT NULL,
	"subject_id" text NOT NULL,
	"key" text NOT NULL,
	"issued_at" integer NOT NULL
) STRICT;
CREATE UNIQUE INDEX "marketplace_licenses_order_id_unique" ON "marketplace_licenses" ("order_id");
CREATE UNIQUE INDEX "marketplace_licenses_key_unique" ON "marketplace_licenses" ("key");
CREATE TABLE "marketplace_downloads" (
	"listing_id" text NOT NULL,
	"subject_id" text NOT NULL,
	"version" text NOT NULL,
	"at" integer NOT NULL,
	PRIMARY KEY("listing_id", "subject_id")
) STRICT;
