ALTER TABLE "marketplace_reviews" ADD COLUMN "withdrawn_at" timestamp (3) with time zone;
-- By hand: reviews of what was given back before.
UPDATE "marketplace_reviews" SET "withdrawn_at" = "updated_at" WHERE NOT EXISTS (
  SELECT 1 FROM "marketplace_orders" o WHERE o."buyer_id" = "marketplace_reviews"."subject_id"
  AND o."listing_id" = "marketplace_reviews"."listing_id" AND o."status" IN ('paid', 'ended'));
UPDATE "marketplace_listings" SET
  "rating_sum" = (SELECT coalesce(sum(r."rating"), 0) FROM "marketplace_reviews" r
    WHERE r."listing_id" = "marketplace_listings"."id" AND r."withdrawn_at" IS NULL),
  "rating_count" = (SELECT count(*) FROM "marketplace_reviews" r
    WHERE r."listing_id" = "marketplace_listings"."id" AND r."withdrawn_at" IS NULL)
WHERE "id" IN (SELECT "listing_id" FROM "marketplace_reviews" WHERE "withdrawn_at" IS NOT NULL);
