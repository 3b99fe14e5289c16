CREATE TABLE "payments_setup_intents" (
	"id" text PRIMARY KEY NOT NULL,
	"subject_id" text NOT NULL,
	"status" text NOT NULL,
	"payment_method_id" text,
	"client_secret" text,
	"failure_code" text,
	"created_at" integer NOT NULL
) STRICT;
CREATE INDEX "payments_setup_intents_subject_id" ON "payments_setup_intents" ("subject_id");
CREATE TABLE "payments_refunds" (
	"id" text PRIMARY KEY NOT NULL,
	"reference" text,
	"payment_id" text,
	"stripe_refund_id" text,
	"stripe_payment_intent_id" text,
	"amount" integer NOT NULL,
	"currency" text NOT NULL,
	"status" text NOT NULL,
	"reason" text,
	"failure_code" text,
	"created_at" integer NOT NULL
) STRICT;
CREATE UNIQUE INDEX "payments_refunds_reference_unique" ON "payments_refunds" ("reference");
CREATE UNIQUE INDEX "payments_refunds_stripe_refund_id_unique" ON "payments_refunds" ("stripe_refund_id");
CREATE INDEX "payments_refunds_stripe_payment_intent_id" ON "payments_refunds" ("stripe_payment_intent_id");
CREATE INDEX "payments_refunds_payment_id" ON "payments_refunds" ("payment_id","id");
CREATE TABLE "payments_disputes" (
	"id" text PRIMARY KEY NOT NULL,
	"stripe_dispute_id" text NOT NULL,
	"stripe_payment_intent_id" text,
	"payment_id" text,
	"reference" text,
	"amount" integer NOT NULL,
	"currency" text NOT NULL,
	"status" text NOT NULL,
	"reason" text NOT NULL,
	"evidence_due_by" integer,
	"created_at" integer NOT NULL
) STRICT;
CREATE UNIQUE INDEX "payments_disputes_stripe_dispute_id_unique" ON "payments_disputes" ("stripe_dispute_id");
CREATE INDEX "payments_disputes_payment_id" ON "payments_disputes" ("payment_id");
CREATE TABLE "payments_connected_accounts" (
	"publisher_id" text PRIMARY KEY NOT NULL,
	"stripe_account_id" text NOT NULL,
	"payouts_enabled" integer NOT NULL,
	"transfers_enabled" integer NOT NULL,
	"details_submitted" integer NOT NULL,
	"created_at" integer NOT NULL
) STRICT;
CREATE UNIQUE INDEX "payments_connected_accounts_stripe_account_id_unique" ON "payments_connected_accounts" ("stripe_account_id");
CREATE TABLE "payments_transfers" (
	"id" text PRIMARY KEY NOT NULL,
	"reference" text NOT NULL,
	"publisher_id" text NOT NULL,
	"account_id" text NOT NULL,
	"amount" integer NOT NULL,
	"currency" text NOT NULL,
	"amount_reversed" integer NOT NULL,
	"status" text NOT NULL,
	"stripe_transfer_id" text,
	"failure_code" text,
	"created_at" integer NOT NULL
) STRICT;
CREATE UNIQUE INDEX "payments_transfers_reference_unique" ON "payments_transfers" ("reference");
CREATE UNIQUE INDEX "payments_transfers_stripe_transfer_id_unique" ON "payments_transfers" ("stripe_transfer_id");
CREATE TABLE "payments_transfer_reversals" (
	"reference" text PRIMARY KEY NOT NULL,
	"transfer_id" text NOT NULL,
	"amount" integer NOT NULL,
	"status" text NOT NULL,
	"failure_code" text,
	"created_at" integer NOT NULL
) STRICT;
CREATE TABLE "payments_watermarks" (
	"name" text PRIMARY KEY NOT NULL,
	"at" integer NOT NULL
) STRICT;
