CREATE TABLE "payments_ledger_postings" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"reference" text NOT NULL,
	"currency" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"recorded_at" timestamp (3) with time zone NOT NULL
);
CREATE TABLE "payments_ledger_entries" (
	"id" text PRIMARY KEY NOT NULL,
	"posting_id" text NOT NULL,
	"account" text NOT NULL,
	"currency" text NOT NULL,
	"amount" bigint NOT NULL
);
CREATE TABLE "payments_ledger_balances" (
	"account" text NOT NULL,
	"currency" text NOT NULL,
	"amount" bigint NOT NULL,
	CONSTRAINT "payments_ledger_balances_account_currency_unique" PRIMARY KEY("account","currency")
);
CREATE TABLE "payments_ledger_unfolded" (
	"entry_id" text PRIMARY KEY NOT NULL,
	"account" text NOT NULL,
	"currency" text NOT NULL,
	"amount" bigint NOT NULL
);
CREATE INDEX "payments_ledger_postings_reference" ON "payments_ledger_postings" USING btree ("reference");
CREATE INDEX "payments_ledger_entries_account" ON "payments_ledger_entries" USING btree ("account","currency","id");
CREATE INDEX "payments_ledger_entries_posting_id" ON "payments_ledger_entries" USING btree ("posting_id");
CREATE INDEX "payments_ledger_unfolded_account" ON "payments_ledger_unfolded" USING btree ("account","currency");
