ALTER TABLE "payments_usage_bills" ADD "reason" text;
