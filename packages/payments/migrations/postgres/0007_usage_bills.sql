CREATE TABLE "payments_usage_bills" (
	"cycle_id" text PRIMARY KEY NOT NULL,
	"subject_id" text NOT NULL,
	"tier" text NOT NULL,
	"period_start" timestamp (3) with time zone NOT NULL,
	"period_end" timestamp (3) with time zone NOT NULL,
	"currency" text NOT NULL,
	"total" bigint NOT NULL,
	"state" text NOT NULL,
	"stripe_invoice_id" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"checked_at" timestamp (3) with time zone
);
CREATE TABLE "payments_usage_bill_lines" (
	"cycle_id" text NOT NULL,
	"line_id" text NOT NULL,
	"position" integer NOT NULL,
	"kind" text NOT NULL,
	"description" text NOT NULL,
	"feature" text,
	"charged" text,
	"amount" bigint NOT NULL,
	"channel" text,
	"call_id" text,
	"stripe_amount" bigint,
	CONSTRAINT "payments_usage_bill_lines_cycle_id_line_id_unique" PRIMARY KEY("cycle_id","line_id")
);
CREATE INDEX "payments_usage_bills_state" ON "payments_usage_bills" USING btree ("state","cycle_id");
CREATE INDEX "payments_usage_bills_subject_id" ON "payments_usage_bills" USING btree ("subject_id","state");
