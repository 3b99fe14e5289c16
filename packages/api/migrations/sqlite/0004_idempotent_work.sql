ALTER TABLE "api_idempotency" ADD "work" text;
