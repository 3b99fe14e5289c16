CREATE TABLE "payments_dunning_cases" (
	"stripe_invoice_id" text PRIMARY KEY NOT NULL,
	"subject_id" text NOT NULL,
	"stripe_subscription_id" text,
	"status" text NOT NULL,
	"attempts" integer NOT NULL,
	"decline_code" text,
	"started_at" integer NOT NULL,
	"next_attempt_at" integer,
	"grace_ends_at" integer NOT NULL,
	"ended_at" integer
) STRICT;
CREATE INDEX "payments_dunning_cases_subject_id" ON "payments_dunning_cases" ("subject_id","started_at");
ALTER TABLE "payments_subscriptions" ADD "collection_paused" integer;
