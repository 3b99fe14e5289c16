-- What a listing is found by has its slug too. All are written again by a job (src/search/upkeep.ts); those not yet written are found
-- by what they were.
INSERT INTO "marketplace_search_backlog" SELECT "listing_id" FROM "marketplace_search_entries" ON CONFLICT DO NOTHING;
