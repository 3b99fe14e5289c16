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
	"tags" jsonb NOT NULL,
	"price_amount" bigint NOT NULL,
	"price_currency" text,
	"status" text NOT NULL,
	"latest_version" text,
	"downloads" bigint NOT NULL,
	"rating_sum" bigint NOT NULL,
	"rating_count" bigint NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"published_at" timestamp (3) with time zone
);
CREATE TABLE "marketplace_listing_tags" (
	"tag" text NOT NULL,
	"listing_id" text NOT NULL,
	CONSTRAINT "marketplace_listing_tags_tag_listing_id_pk" PRIMARY KEY("tag","listing_id")
);
CREATE TABLE "marketplace_versions" (
	"id" text PRIMARY KEY NOT NULL,
	"listing_id" text NOT NULL,
	"version" text NOT NULL,
	"size" bigint NOT NULL,
	"sha256" text NOT NULL,
	"published_at" timestamp (3) with time zone NOT NULL,
	"yanked_at" timestamp (3) with time zone,
	"yank_reason" text
);
CREATE TABLE "marketplace_search_documents" (
	"position" bigint PRIMARY KEY NOT NULL,
	"listing_id" text NOT NULL,
	"name_key" text NOT NULL,
	"tag_words" text NOT NULL,
	"summary_words" text NOT NULL,
	"terms" text NOT NULL
);
CREATE TABLE "marketplace_orders" (
	"id" text PRIMARY KEY NOT NULL,
	"buyer_id" text NOT NULL,
	"listing_id" text NOT NULL,
	"publisher_id" text NOT NULL,
	"price" jsonb,
	"commission" jsonb,
	"commission_rule" jsonb,
	"status" text NOT NULL,
	"current" boolean,
	"charging_until" timestamp (3) with time zone,
	"payment_id" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"settled_at" timestamp (3) with time zone
);
CREATE TABLE "marketplace_licenses" (
	"id" text PRIMARY KEY NOT NULL,
	"order_id" text NOT NULL,
	"listing_id" text NOT NULL,
	"subject_id" text NOT NULL,
	"key" text NOT NULL,
	"issued_at" timestamp (3) with time zone NOT NULL
);
CREATE TABLE "marketplace_downloads" (
	"listing_id" text NOT NULL,
	"subject_id" text NOT NULL,
	"version" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "marketplace_downloads_listing_id_subject_id_pk" PRIMARY KEY("listing_id","subject_id")
);
CREATE UNIQUE INDEX "marketplace_listings_slug_unique" ON "marketplace_listings" USING btree ("slug");
CREATE INDEX "marketplace_listings_publisher" ON "marketplace_listings" USING btree ("publisher_id","id");
CREATE INDEX "marketplace_listings_by_downloads" ON "marketplace_listings" USING btree ("status","downloads","id");
CREATE INDEX "marketplace_listings_by_age" ON "marketplace_listings" USING btree ("status","created_at","id");
CREATE INDEX "marketplace_listings_by_price" ON "marketplace_listings" USING btree ("status","price_amount","id");
CREATE UNIQUE INDEX "marketplace_versions_listing_id_version_unique" ON "marketplace_versions" USING btree ("listing_id","version");
CREATE UNIQUE INDEX "marketplace_search_documents_listing_id_unique" ON "marketplace_search_documents" USING btree ("listing_id");
CREATE INDEX "marketplace_search_documents_name_key" ON "marketplace_search_documents" USING btree ("name_key");
CREATE UNIQUE INDEX "marketplace_orders_buyer_id_listing_id_current_unique" ON "marketplace_orders" USING btree ("buyer_id","listing_id","current");
CREATE INDEX "marketplace_orders_buyer" ON "marketplace_orders" USING btree ("buyer_id","id");
CREATE UNIQUE INDEX "marketplace_licenses_order_id_unique" ON "marketplace_licenses" USING btree ("order_id");
CREATE UNIQUE INDEX "marketplace_licenses_key_unique" ON "marketplace_licenses" USING btree ("key");
