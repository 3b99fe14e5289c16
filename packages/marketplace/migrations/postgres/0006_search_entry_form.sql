ALTER TABLE "marketplace_search_entries" ADD COLUMN "form" integer DEFAULT 1 NOT NULL;
CREATE INDEX "marketplace_search_entries_by_form" ON "marketplace_search_entries" USING btree ("form");
-- All are written again by a job (src/search/upkeep.ts); until then searches ask for what entries of the first form have.
INSERT INTO "marketplace_search_backlog" SELECT "listing_id" FROM "marketplace_search_entries" ON CONFLICT DO NOTHING;
