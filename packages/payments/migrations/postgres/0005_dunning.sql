CREATE TABLE "payments_dunning_cases" (
	"stripe_invoice_id" text PRIMARY KEY NOT NULL,
	"subject_id" text NOT NULL,
	"stripe_subscription_id" text,
	"status" text NOT NULL,
	"attempts" integer NOT NULL,
	"decline_code" text,
	"started_at" timestamp (3) with time zone NOT NULL,
	"next_attempt_at" timestamp (3) with time zone,
	"grace_ends_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone
);
ALTER TABLE "payments_subscriptions" ADD COLUMN "collection_paused" boolean;
CREATE INDEX "payments_dunning_cases_subject_id" ON "payments_dunning_cases" USING btree ("subject_id","started_at");
