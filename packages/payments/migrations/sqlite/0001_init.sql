CREATE TABLE "payments_stripe_calls" (
	"id" text PRIMARY KEY NOT NULL,
	"subject_id" text,
	"operation" text NOT NULL,
	"params" text NOT NULL,
	"idempotency_key" text NOT NULL,
	"purpose" text,
	"state" text NOT NULL,
	"result_id" text,
	"failure_code" text,
	"created_at" integer NOT NULL,
	"settled_at" integer
) STRICT;
CREATE UNIQUE INDEX "payments_stripe_calls_idempotency_key_unique" ON "payments_stripe_calls" ("idempotency_key");
CREATE UNIQUE INDEX "payments_stripe_calls_purpose_unique" ON "payments_stripe_calls" ("purpose");
CREATE INDEX "payments_stripe_calls_state" ON "payments_stripe_calls" ("state","created_at");
CREATE TABLE "payments_fetches" (
	"object_id" text PRIMARY KEY NOT NULL,
	"issued" integer NOT NULL,
	"applied" integer NOT NULL
) STRICT;
CREATE TABLE "payments_customers" (
	"subject_id" text PRIMARY KEY NOT NULL,
	"stripe_customer_id" text NOT NULL,
	"email" text,
	"name" text,
	"default_payment_method_id" text,
	"created_at" integer NOT NULL
) STRICT;
CREATE UNIQUE INDEX "payments_customers_stripe_customer_id_unique" ON "payments_customers" ("stripe_customer_id");
CREATE TABLE "payments_payment_methods" (
	"id" text PRIMARY KEY NOT NULL,
	"subject_id" text NOT NULL,
	"position" text NOT NULL,
	"type" text NOT NULL,
	"brand" text,
	"last4" text,
	"exp_month" integer,
	"exp_year" integer,
	"created_at" integer NOT NULL
) STRICT;
CREATE INDEX "payments_payment_methods_subject_id" ON "payments_payment_methods" ("subject_id","position");
CREATE TABLE "payments_intents" (
	"id" text PRIMARY KEY NOT NULL,
	"reference" text NOT NULL,
	"subject_id" text NOT NULL,
	"amount" integer NOT NULL,
	"currency" text NOT NULL,
	"amount_refunded" integer NOT NULL,
	"status" text NOT NULL,
	"stripe_payment_intent_id" text,
	"client_secret" text,
	"decline_code" text,
	"failure_code" text,
	"description" text NOT NULL,
	"created_at" integer NOT NULL,
	"settled_at" integer
) STRICT;
CREATE UNIQUE INDEX "payments_intents_reference_unique" ON "payments_intents" ("reference");
CREATE UNIQUE INDEX "payments_intents_stripe_payment_intent_id_unique" ON "payments_intents" ("stripe_payment_intent_id");
CREATE INDEX "payments_intents_subject_id" ON "payments_intents" ("subject_id","id");
CREATE TABLE "payments_plans" (
	"tier" text NOT NULL,
	"interval" text NOT NULL,
	"name" text NOT NULL,
	"level" integer NOT NULL,
	"amount" integer,
	"currency" text,
	"stripe_price_id" text,
	PRIMARY KEY("tier", "interval")
) STRICT;
CREATE TABLE "payments_prices" (
	"stripe_price_id" text PRIMARY KEY NOT NULL,
	"tier" text NOT NULL,
	"interval" text NOT NULL,
	"amount" integer NOT NULL,
	"currency" text NOT NULL
) STRICT;
CREATE TABLE "payments_subscriptions" (
	"stripe_subscription_id" text PRIMARY KEY NOT NULL,
	"subject_id" text NOT NULL,
	"tier" text NOT NULL,
	"status" text NOT NULL,
	"amount" integer NOT NULL,
	"currency" text NOT NULL,
	"interval" text NOT NULL,
	"stripe_price_id" text NOT NULL,
	"stripe_item_id" text NOT NULL,
	"stripe_schedule_id" text,
	"pending_tier" text,
	"billing_cycle_anchor" integer NOT NULL,
	"current_period_start" integer NOT NULL,
	"current_period_end" integer NOT NULL,
	"cancel_at_period_end" integer NOT NULL,
	"canceled_at" integer,
	"ended_at" integer,
	"created_at" integer NOT NULL
) STRICT;
CREATE INDEX "payments_subscriptions_subject_id" ON "payments_subscriptions" ("subject_id","created_at");
CREATE TABLE "payments_invoices" (
	"id" text PRIMARY KEY NOT NULL,
	"stripe_invoice_id" text NOT NULL,
	"stripe_subscription_id" text,
	"subject_id" text NOT NULL,
	"number" text,
	"status" text NOT NULL,
	"currency" text NOT NULL,
	"amount_due" integer NOT NULL,
	"amount_paid" integer NOT NULL,
	"amount_remaining" integer NOT NULL,
	"automatic" integer NOT NULL,
	"attempt_count" integer NOT NULL,
	"period_start" integer NOT NULL,
	"period_end" integer NOT NULL,
	"due_date" integer,
	"paid_at" integer,
	"next_attempt_at" integer,
	"hosted_url" text,
	"created_at" integer NOT NULL
) STRICT;
CREATE UNIQUE INDEX "payments_invoices_stripe_invoice_id_unique" ON "payments_invoices" ("stripe_invoice_id");
CREATE INDEX "payments_invoices_subject_id" ON "payments_invoices" ("subject_id","id");
CREATE TABLE "payments_invoice_lines" (
	"invoice_id" text NOT NULL,
	"position" integer NOT NULL,
	"stripe_line_id" text NOT NULL,
	"description" text NOT NULL,
	"amount" integer NOT NULL,
	"currency" text NOT NULL,
	"quantity" integer,
	"period_start" integer NOT NULL,
	"period_end" integer NOT NULL,
	"proration" integer NOT NULL,
	PRIMARY KEY("invoice_id", "position")
) STRICT;
CREATE TABLE "payments_webhook_events" (
	"id" text PRIMARY KEY NOT NULL,
	"type" text NOT NULL,
	"object_id" text,
	"body" text NOT NULL,
	"state" text NOT NULL,
	"created_at" integer NOT NULL,
	"received_at" integer NOT NULL,
	"processed_at" integer
) STRICT;
CREATE INDEX "payments_webhook_events_state" ON "payments_webhook_events" ("state","received_at");
