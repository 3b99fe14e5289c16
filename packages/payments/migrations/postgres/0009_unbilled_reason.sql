ALTER TABLE "payments_usage_bills" ADD COLUMN "reason" text;
