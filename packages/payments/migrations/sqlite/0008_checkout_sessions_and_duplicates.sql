CREATE TABLE "payments_checkout_sessions" (
	"id" text PRIMARY KEY NOT NULL,
	"subject_id" text NOT NULL,
	"status" text NOT NULL,
	"tier" text,
	"stripe_subscription_id" text,
	"created_at" integer NOT NULL,
	"expires_at" integer NOT NULL
) STRICT;
CREATE INDEX "payments_checkout_sessions_subject_id" ON "payments_checkout_sessions" ("subject_id","status");
ALTER TABLE "payments_subscriptions" ADD "duplicate_of" text;
