CREATE TABLE "saas_entitlements" (
	"subject_id" text PRIMARY KEY NOT NULL,
	"version" bigint NOT NULL,
	"tier" text NOT NULL,
	"status" text NOT NULL,
	"interval" text NOT NULL,
	"anchor" timestamp (3) with time zone NOT NULL,
	"billed_start" timestamp (3) with time zone,
	"billed_end" timestamp (3) with time zone,
	"usage_since" timestamp (3) with time zone NOT NULL,
	"since" timestamp (3) with time zone NOT NULL
);
CREATE TABLE "saas_entitlement_changes" (
	"subject_id" text NOT NULL,
	"version" bigint NOT NULL,
	"tier" text NOT NULL,
	"status" text NOT NULL,
	"interval" text NOT NULL,
	"anchor" timestamp (3) with time zone NOT NULL,
	"billed_start" timestamp (3) with time zone,
	"billed_end" timestamp (3) with time zone,
	"usage_since" timestamp (3) with time zone NOT NULL,
	"since" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "saas_entitlement_changes_subject_id_version_pk" PRIMARY KEY("subject_id","version")
);
CREATE TABLE "saas_counters" (
	"key" "bytea" PRIMARY KEY NOT NULL,
	"subject_id" text NOT NULL,
	"feature" text NOT NULL,
	"period_start" timestamp (3) with time zone NOT NULL,
	"used" bigint NOT NULL,
	"entries" bigint NOT NULL,
	CONSTRAINT "saas_counters_used_check" CHECK ("saas_counters"."used" between 0 and 9007199254740991)
);
CREATE TABLE "saas_ledger" (
	"counter_key" "bytea" NOT NULL,
	"entry" bigint NOT NULL,
	"kind" text NOT NULL,
	"quantity" bigint NOT NULL,
	"events" integer NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "saas_ledger_counter_key_entry_pk" PRIMARY KEY("counter_key","entry")
);
CREATE TABLE "saas_events" (
	"key" "bytea" PRIMARY KEY NOT NULL,
	"counter_key" "bytea" NOT NULL,
	"entry" bigint NOT NULL,
	"quantity" bigint NOT NULL,
	"occurred_at" timestamp (3) with time zone,
	"metadata" jsonb
);
CREATE INDEX "saas_counters_subject_id" ON "saas_counters" USING btree ("subject_id");
