CREATE TABLE "payments_checkout_sessions" (
	"id" text PRIMARY KEY NOT NULL,
	"subject_id" text NOT NULL,
	"status" text NOT NULL,
	"tier" text,
	"stripe_subscription_id" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
ALTER TABLE "payments_subscriptions" ADD COLUMN "duplicate_of" text;
CREATE INDEX "payments_checkout_sessions_subject_id" ON "payments_checkout_sessions" USING btree ("subject_id","status");
