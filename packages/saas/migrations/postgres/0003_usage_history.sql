CREATE TABLE "saas_corrections" (
	"event_key" "bytea" NOT NULL,
	"revision" integer NOT NULL,
	"counter_key" "bytea" NOT NULL,
	"entry" bigint NOT NULL,
	"kind" text NOT NULL,
	"quantity" bigint NOT NULL,
	"change" bigint NOT NULL,
	"filtered" boolean NOT NULL,
	"metadata" jsonb,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "saas_corrections_event_key_revision_pk" PRIMARY KEY("event_key","revision")
);
CREATE TABLE "saas_buckets" (
	"counter_key" "bytea" NOT NULL,
	"span" integer NOT NULL,
	"start" timestamp (3) with time zone NOT NULL,
	"quantity" bigint NOT NULL,
	"moment" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "saas_buckets_counter_key_span_start_pk" PRIMARY KEY("counter_key","span","start")
);
CREATE TABLE "saas_groups" (
	"counter_key" "bytea" NOT NULL,
	"dimension" text NOT NULL,
	"value" text NOT NULL,
	"quantity" bigint NOT NULL,
	"events" bigint NOT NULL,
	CONSTRAINT "saas_groups_counter_key_dimension_value_pk" PRIMARY KEY("counter_key","dimension","value")
);
ALTER TABLE "saas_counters" ADD COLUMN "hour" timestamp (3) with time zone;
ALTER TABLE "saas_counters" ADD COLUMN "hour_quantity" bigint DEFAULT 0 NOT NULL;
ALTER TABLE "saas_counters" ADD COLUMN "latest_at" timestamp (3) with time zone;
