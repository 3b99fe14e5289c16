CREATE TABLE "saas_entitlements" (
	"subject_id" text PRIMARY KEY NOT NULL,
	"version" integer NOT NULL,
	"tier" text NOT NULL,
	"status" text NOT NULL,
	"interval" text NOT NULL,
	"anchor" integer NOT NULL,
	"billed_start" integer,
	"billed_end" integer,
	"usage_since" integer NOT NULL,
	"since" integer NOT NULL
) STRICT;
CREATE TABLE "saas_entitlement_changes" (
	"subject_id" text NOT NULL,
	"version" integer NOT NULL,
	"tier" text NOT NULL,
	"status" text NOT NULL,
	"interval" text NOT NULL,
	"anchor" integer NOT NULL,
	"billed_start" integer,
	"billed_end" integer,
	"usage_since" integer NOT NULL,
	"since" integer NOT NULL,
	PRIMARY KEY("subject_id", "version")
) STRICT;
CREATE TABLE "saas_counters" (
	"key" blob PRIMARY KEY NOT NULL,
	"subject_id" text NOT NULL,
	"feature" text NOT NULL,
	"period_start" integer NOT NULL,
	"used" integer NOT NULL,
	"entries" integer NOT NULL,
	CONSTRAINT "saas_counters_used_check" CHECK("saas_counters"."used" between 0 and 9007199254740991)
) STRICT;
CREATE INDEX "saas_counters_subject_id" ON "saas_counters" ("subject_id");
CREATE TABLE "saas_ledger" (
	"counter_key" blob NOT NULL,
	"entry" integer NOT NULL,
	"kind" text NOT NULL,
	"quantity" integer NOT NULL,
	"events" integer NOT NULL,
	"at" integer NOT NULL,
	PRIMARY KEY("counter_key", "entry")
) STRICT;
CREATE TABLE "saas_events" (
	"key" blob PRIMARY KEY NOT NULL,
	"counter_key" blob NOT NULL,
	"entry" integer NOT NULL,
	"quantity" integer NOT NULL,
	"occurred_at" integer,
	"metadata" text
) STRICT;
