CREATE TABLE "saas_corrections" (
	"event_key" blob NOT NULL,
	"revision" integer NOT NULL,
	"counter_key" blob NOT NULL,
	"entry" integer NOT NULL,
	"kind" text NOT NULL,
	"quantity" integer NOT NULL,
	"change" integer NOT NULL,
	"filtered" integer NOT NULL,
	"metadata" text,
	"at" integer NOT NULL,
	PRIMARY KEY("event_key", "revision")
) STRICT;
CREATE TABLE "saas_buckets" (
	"counter_key" blob NOT NULL,
	"span" integer NOT NULL,
	"start" integer NOT NULL,
	"quantity" integer NOT NULL,
	"moment" integer DEFAULT 0 NOT NULL,
	PRIMARY KEY("counter_key", "span", "start")
) STRICT;
CREATE TABLE "saas_groups" (
	"counter_key" blob NOT NULL,
	"dimension" text NOT NULL,
	"value" text NOT NULL,
	"quantity" integer NOT NULL,
	"events" integer NOT NULL,
	PRIMARY KEY("counter_key", "dimension", "value")
) STRICT;
ALTER TABLE "saas_counters" ADD "hour" integer;
ALTER TABLE "saas_counters" ADD "hour_quantity" integer DEFAULT 0 NOT NULL;
ALTER TABLE "saas_counters" ADD "latest_at" integer;
