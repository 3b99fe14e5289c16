CREATE TABLE "marketplace_search_entries" (
	"position" bigint PRIMARY KEY NOT NULL,
	"listing_id" text NOT NULL,
	"tier" integer NOT NULL,
	"category" text NOT NULL,
	"kind" text NOT NULL,
	"downloads" bigint NOT NULL,
	"popularity" bigint NOT NULL,
	"price_amount" bigint NOT NULL,
	"price_currency" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"name_key" text NOT NULL,
	"tag_words" text NOT NULL,
	"summary_words" text NOT NULL
);
CREATE TABLE "marketplace_search_tiers" (
	"tier" integer PRIMARY KEY NOT NULL,
	"position" bigint NOT NULL
);
CREATE TABLE "marketplace_search_backlog" (
	"listing_id" text PRIMARY KEY NOT NULL
);
CREATE UNIQUE INDEX "marketplace_search_entries_listing_id_unique" ON "marketplace_search_entries" USING btree ("listing_id");
CREATE INDEX "marketplace_search_entries_by_name" ON "marketplace_search_entries" USING btree ("name_key","listing_id");
INSERT INTO "marketplace_search_tiers" VALUES (0, 0);
ANALYZE "marketplace_search_tiers";
-- What was found by marketplace_search_documents is found by marketplace_search_entries. Its rows are made in JavaScript, in
-- batches, from the listings that are noted here (src/search/upkeep.ts).
INSERT INTO "marketplace_search_backlog" SELECT "id" FROM "marketplace_listings" WHERE "status" = 'published';
DROP TABLE "marketplace_search_documents";
-- Names are compared and sorted by code point, as SQLite does.
ALTER TABLE "marketplace_search_entries" ALTER COLUMN "name_key" TYPE text COLLATE "C";
-- The full text of each entry. Hand-written: drizzle's schema cannot say it. The words are split in JavaScript alike for
-- both databases (src/search/words.ts) and become lexemes as they are, past PostgreSQL's parser and dictionaries.
ALTER TABLE "marketplace_search_entries" ADD COLUMN "lexemes" tsvector NOT NULL;
-- Lexemes are looked up in the index alone: kept out of the row, forty rows instead of four fit a page.
ALTER TABLE "marketplace_search_entries" SET (toast_tuple_target = 128);
ALTER TABLE "marketplace_search_entries" ALTER COLUMN "listing_id" SET STORAGE MAIN, ALTER COLUMN "category" SET STORAGE MAIN,
  ALTER COLUMN "name_key" SET STORAGE MAIN, ALTER COLUMN "tag_words" SET STORAGE MAIN,
  ALTER COLUMN "summary_words" SET STORAGE MAIN;
-- Without a list of pending entries, that each search would read.
CREATE INDEX "marketplace_search_entries_lexemes" ON "marketplace_search_entries" USING gin ("lexemes") WITH (fastupdate = off);
