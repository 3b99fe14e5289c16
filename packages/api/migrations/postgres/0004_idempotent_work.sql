ALTER TABLE "api_idempotency" ADD COLUMN "work" text;
