CREATE TABLE "payments_usage_bills" (
	"cycle_id" text PRIMARY KEY NOT NULL,
	"subject_id" text NOT NULL,
	"tier" text NOT NULL,
	"period_start" integer NOT NULL,
	"period_end" integer NOT NULL,
	"currency" text NOT NULL,
	"total" integer NOT NULL,
	"state" text NOT NULL,
	"stripe_invoice_id" text,
	"created_at" integer NOT NULL,
	"checked_at" integer
) STRICT;
CREATE INDEX "payments_usage_bills_state" ON "payments_usage_bills" ("state","cycle_id");
CREATE INDEX "payments_usage_bills_subject_id" ON "payments_usage_bills" ("subject_id","state");
CREATE TABLE "payments_usage_bill_lines" (
	"cycle_id" text NOT NULL,
	"line_id" text NOT NULL,
	"position" integer NOT NULL,
	"kind" text NOT NULL,
	"description" text NOT NULL,
	"feature" text,
	"charged" text,
	"amount" integer NOT NULL,
	"channel" text,
	"call_id" text,
	"stripe_amount" integer,
	PRIMARY KEY("cycle_id", "line_id")
) STRICT;
