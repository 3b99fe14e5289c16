CREATE TABLE "marketplace_search_entries" (
	"position" integer PRIMARY KEY NOT NULL,
	"listing_id" text NOT NULL,
	"tier" integer NOT NULL,
	"category" text NOT NULL,
	"kind" text NOT NULL,
	"downloads" integer NOT NULL,
	"popularity" integer NOT NULL,
	"price_amount" integer NOT NULL,
	"price_currency" text,
	"created_at" integer NOT NULL,
	"name_key" text NOT NULL,
	"tag_words" text NOT NULL,
	"summary_words" text NOT NULL
) STRICT;
CREATE UNIQUE INDEX "marketplace_search_entries_listing_id_unique" ON "marketplace_search_entries" ("listing_id");
CREATE INDEX "marketplace_search_entries_by_name" ON "marketplace_search_entries" ("name_key","listing_id");
CREATE TABLE "marketplace_search_tiers" (
	"tier" integer PRIMARY KEY NOT NULL,
	"position" integer NOT NULL
) STRICT;
CREATE TABLE "marketplace_search_backlog" (
	"listing_id" text PRIMARY KEY NOT NULL
) STRICT;
INSERT INTO "marketplace_search_tiers" VALUES (0, 0);
-- What was found by marketplace_search_documents is found by marketplace_search_entries. Its rows are made in JavaScript, in
-- batches, from the listings that are noted here (src/search/upkeep.ts).
INSERT INTO "marketplace_search_backlog" SELECT "id" FROM "marketplace_listings" WHERE "status" = 'published';
DROP TABLE "marketplace_search";
DROP TABLE "marketplace_search_documents";
-- The full text of each entry, whose rowid is the entry's position. Hand-written: drizzle's schema cannot say it. The words
-- are split in JavaScript alike for both databases (src/search/words.ts), so the tokenizer has only spaces to split at:
-- "ascii" leaves every character that we write alone. The text itself is not kept, nor where in it a word stands.
CREATE VIRTUAL TABLE "marketplace_search" USING fts5(
  terms, content='', contentless_delete=1, tokenize='ascii', detail=none
);
-- The fewer segments the index has, the sooner a word is found in it: they are merged as soon as there are two of a size.
INSERT INTO "marketplace_search" ("marketplace_search", rank) VALUES ('usermerge', 2);
