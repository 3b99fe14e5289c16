CREATE TABLE "payments_ledger_postings" (
	"id" text PRIMARY KEY NOT NULL,
	"kind" text NOT NULL,
	"reference" text NOT NULL,
	"currency" text NOT NULL,
	"at" integer NOT NULL,
	"recorded_at" integer NOT NULL
) STRICT;
CREATE INDEX "payments_ledger_postings_reference" ON "payments_ledger_postings" ("reference");
CREATE TABLE "payments_ledger_entries" (
	"id" text PRIMARY KEY NOT NULL,
	"posting_id" text NOT NULL,
	"account" text NOT NULL,
	"currency" text NOT NULL,
	"amount" integer NOT NULL
) STRICT;
CREATE INDEX "payments_ledger_entries_account" ON "payments_ledger_entries" ("account","currency","id");
CREATE INDEX "payments_ledger_entries_posting_id" ON "payments_ledger_entries" ("posting_id");
CREATE TABLE "payments_ledger_balances" (
	"account" text NOT NULL,
	"currency" text NOT NULL,
	"amount" integer NOT NULL,
	PRIMARY KEY("account", "currency")
) STRICT;
CREATE TABLE "payments_ledger_unfolded" (
	"entry_id" text PRIMARY KEY NOT NULL,
	"account" text NOT NULL,
	"currency" text NOT NULL,
	"amount" integer NOT NULL
) STRICT;
CREATE INDEX "payments_ledger_unfolded_account" ON "payments_ledger_unfolded" ("account","currency");
