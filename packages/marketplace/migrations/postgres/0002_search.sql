-- Full text over marketplace_search_documents.terms. Hand-written: drizzle's schema cannot say it.
-- The words are split in JavaScript alike for both databases (src/search/words.ts), so they become lexemes as they are,
-- past PostgreSQL's parser and dictionaries.
ALTER TABLE "marketplace_search_documents" ADD COLUMN "lexemes" tsvector
  GENERATED ALWAYS AS (array_to_tsvector(array_remove(string_to_array("terms", ' '), ''))) STORED;
CREATE INDEX "marketplace_search_documents_lexemes" ON "marketplace_search_documents" USING gin ("lexemes");
-- Names are compared and sorted by code point, as SQLite does.
ALTER TABLE "marketplace_search_documents" ALTER COLUMN "name_key" TYPE text COLLATE "C";
