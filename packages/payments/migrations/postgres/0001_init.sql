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
	"created_at" timestamp (3) with time zone NOT NULL,
	"settled_at" timestamp (3) with time zone
);
CREATE TABLE "payments_fetches" (
	"object_id" text PRIMARY KEY NOT NULL,
	"issued" bigint NOT NULL,
	"applied" bigint NOT NULL
);
CREATE TABLE "payments_customers" (
	"subject_id" text PRIMARY KEY NOT NULL,
	"stripe_customer_id" text NOT NULL,
	"email" text,
	"name" text,
	"default_payment_method_id" text,
	"created_at" timestamp (3) with time zone NOT NULL
);
CREATE TABLE "payments_payment_methods" (
	"id" text PRIMARY KEY NOT NULL,
	"subject_id" text NOT NULL,
	"position" text NOT NULL,
	"type" text NOT NULL,
	"brand" text,
	"last4" text,
	"exp_month" integer,
	"exp_year" integer,
	"created_at" timestamp (3) with time zone NOT NULL
);
CREATE TABLE "payments_intents" (
	"id" text PRIMARY KEY NOT NULL,
	"reference" text NOT NULL,
	"subject_id" text NOT NULL,
	"amount" bigint NOT NULL,
	"currency" text NOT NULL,
	"amount_refunded" bigint NOT NULL,
	"status" text NOT NULL,
	"stripe_payment_intent_id" text,
	"client_secret" text,
	"decline_code" text,
	"failure_code" text,
	"description" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"settled_at" timestamp (3) with time zone
);
CREATE TABLE "payments_plans" (
	"tier" text NOT NULL,
	"interval" text NOT NULL,
	"name" text NOT NULL,
	"level" integer NOT NULL,
	"amount" bigint,
	"currency" text,
	"stripe_price_id" text,
	CONSTRAINT "payments_plans_tier_interval_unique" PRIMARY KEY("tier","interval")
);
CREATE TABLE "payments_prices" (
	"stripe_price_id" text PRIMARY KEY NOT NULL,
	"tier" text NOT NULL,
	"interval" text NOT NULL,
	"amount" bigint NOT NULL,
	"currency" text NOT NULL
);
CREATE TABLE "payments_subscriptions" (
	"stripe_subscription_id" text PRIMARY KEY NOT NULL,
	"subject_id" text NOT NULL,
	"tier" text NOT NULL,
	"status" text NOT NULL,
	"amount" bigint NOT NULL,
	"currency" text NOT NULL,
	"interval" text NOT NULL,
	"stripe_price_id" text NOT NULL,
	"stripe_item_id" text NOT NULL,
	"stripe_schedule_id" text,
	"pending_tier" text,
	"billing_cycle_anchor" timestamp (3) with time zone NOT NULL,
	"current_period_start" timestamp (3) with time zone NOT NULL,
	"current_period_end" timestamp (3) with time zone NOT NULL,
	"cancel_at_period_end" boolean NOT NULL,
	"canceled_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL
);
CREATE TABLE "payments_invoices" (
	"id" text PRIMARY KEY NOT NULL,
	"stripe_invoice_id" text NOT NULL,
	"stripe_subscription_id" text,
	"subject_id" text NOT NULL,
	"number" text,
	"status" text NOT NULL,
	"currency" text NOT NULL,
	"amount_due" bigint NOT NULL,
	"amount_paid" bigint NOT NULL,
	"amount_remaining" bigint NOT NULL,
	"automatic" boolean NOT NULL,
	"attempt_count" integer NOT NULL,
	"period_start" timestamp (3) with time zone NOT NULL,
	"period_end" timestamp (3) with time zone NOT NULL,
	"due_date" timestamp (3) with time zone,
	"paid_at" timestamp (3) with time zone,
	"next_attempt_at" timestamp (3) with time zone,
	"hosted_url" text,
	"created_at" timestamp (3) with time zone NOT NULL
);
CREATE TABLE "payments_invoice_lines" (
	"invoice_id" text NOT NULL,
	"position" integer NOT NULL,
	"stripe_line_id" text NOT NULL,
	"description" text NOT NULL,
	"amount" bigint NOT NULL,
	"currency" text NOT NULL,
	"quantity" bigint,
	"period_start" timestamp (3) with time zone NOT NULL,
	"period_end" timestamp (3) with time zone NOT NULL,
	"proration" boolean NOT NULL,
	CONSTRAINT "payments_invoice_lines_invoice_id_position_unique" PRIMARY KEY("invoice_id","position")
);
CREATE TABLE "payments_webhook_events" (
	"id" text PRIMARY KEY NOT NULL,
	"type" text NOT NULL,
	"object_id" text,
	"body" text NOT NULL,
	"state" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"received_at" timestamp (3) with time zone NOT NULL,
	"processed_at" timestamp (3) with time zone
);
CREATE UNIQUE INDEX "payments_stripe_calls_idempotency_key_unique" ON "payments_stripe_calls" USING btree ("idempotency_key");
CREATE UNIQUE INDEX "payments_stripe_calls_purpose_unique" ON "payments_stripe_calls" USING btree ("purpose");
CREATE INDEX "payments_stripe_calls_state" ON "payments_stripe_calls" USING btree ("state","created_at");
CREATE UNIQUE INDEX "payments_customers_stripe_customer_id_unique" ON "payments_customers" USING btree ("stripe_customer_id");
CREATE INDEX "payments_payment_methods_subject_id" ON "payments_payment_methods" USING btree ("subject_id","position");
CREATE UNIQUE INDEX "payments_intents_reference_unique" ON "payments_intents" USING btree ("reference");
CREATE UNIQUE INDEX "payments_intents_stripe_payment_intent_id_unique" ON "payments_intents" USING btree ("stripe_payment_intent_id");
CREATE INDEX "payments_intents_subject_id" ON "payments_intents" USING btree ("subject_id","id");
CREATE INDEX "payments_subscriptions_subject_id" ON "payments_subscriptions" USING btree ("subject_id","created_at");
CREATE UNIQUE INDEX "payments_invoices_stripe_invoice_id_unique" ON "payments_invoices" USING btree ("stripe_invoice_id");
CREATE INDEX "payments_invoices_subject_id" ON "payments_invoices" USING btree ("subject_id","id");
CREATE INDEX "payments_webhook_events_state" ON "payments_webhook_events" USING btree ("state","received_at");
