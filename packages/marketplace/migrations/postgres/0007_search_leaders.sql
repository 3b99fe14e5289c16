-- The entries of the leading tiers once more, in a table of their own: there a common word's first 250 matches lie on some forty
-- pages that are always in the processor's cache, and not each on another one of many. Hand-written: SQLite has nothing like it.
CREATE TABLE "marketplace_search_leaders" (LIKE "marketplace_search_entries" INCLUDING DEFAULTS INCLUDING STORAGE)
  WITH (toast_tuple_target = 128, fillfactor = 70);
-- 1: as leadingTiers in src/search/tiers.ts.
INSERT INTO "marketplace_search_leaders" SELECT * FROM "marketplace_search_entries" WHERE "tier" <= 1 ORDER BY "position";
ALTER TABLE "marketplace_search_leaders" ADD PRIMARY KEY ("position");
CREATE INDEX "marketplace_search_leaders_lexemes" ON "marketplace_search_leaders" USING gin ("lexemes") WITH (fastupdate = off);
ANALYZE "marketplace_search_leaders";
-- By triggers, so that an instance of the version before that is still running keeps it up too.
CREATE FUNCTION "marketplace_search_lead"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    DELETE FROM "marketplace_search_leaders" WHERE "position" = OLD."position";
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO "marketplace_search_leaders" SELECT NEW.* WHERE NEW."tier" <= 1;
  END IF;
  RETURN NULL;
END $$;
CREATE FUNCTION "marketplace_search_lead_downloads"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Nothing else, so that the 160 terms of an entry are not written again.
  UPDATE "marketplace_search_leaders" SET "downloads" = NEW."downloads", "popularity" = NEW."popularity"
    WHERE "position" = NEW."position";
  RETURN NULL;
END $$;
CREATE TRIGGER "marketplace_search_lead_inserted" AFTER INSERT ON "marketplace_search_entries"
  FOR EACH ROW WHEN (NEW."tier" <= 1) EXECUTE FUNCTION "marketplace_search_lead"();
CREATE TRIGGER "marketplace_search_lead_deleted" AFTER DELETE ON "marketplace_search_entries"
  FOR EACH ROW WHEN (OLD."tier" <= 1) EXECUTE FUNCTION "marketplace_search_lead"();
CREATE TRIGGER "marketplace_search_lead_downloaded" AFTER UPDATE OF "downloads", "popularity" ON "marketplace_search_entries"
  FOR EACH ROW WHEN (NEW."tier" <= 1) EXECUTE FUNCTION "marketplace_search_lead_downloads"();
CREATE TRIGGER "marketplace_search_lead_changed" AFTER UPDATE OF "position", "listing_id", "tier", "category", "kind",
    "price_amount", "price_currency", "created_at", "name_key", "tag_words", "summary_words", "form", "lexemes"
  ON "marketplace_search_entries"
  FOR EACH ROW WHEN (OLD."tier" <= 1 OR NEW."tier" <= 1) EXECUTE FUNCTION "marketplace_search_lead"();
