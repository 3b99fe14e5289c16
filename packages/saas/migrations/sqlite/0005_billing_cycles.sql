CREATE TABLE "saas_cycles" (
	"id" text PRIMARY KEY NOT NULL,
	"subject_id" text NOT NULL,
	"start" integer NOT NULL,
	"end" integer NOT NULL,
	"tier" text NOT NULL,
	"plan_version" text,
	"state" text NOT NULL,
	"statement" text NOT NULL,
	"basis" text NOT NULL,
	"closed_at" integer NOT NULL
) STRICT;
CREATE UNIQUE INDEX "saas_cycles_subject_id_start_unique" ON "saas_cycles" ("subject_id","start");
CREATE TABLE "saas_cycle_usage" (
	"counter_key" blob NOT NULL,
	"first_entry" integer NOT NULL,
	"last_entry" integer NOT NULL,
	"quantity" integer NOT NULL,
	"cycle_id" text NOT NULL,
	PRIMARY KEY("counter_key", "first_entry")
) STRICT;
CREATE TABLE "saas_cycle_restatements" (
	"cycle_id" text NOT NULL,
	"revision" integer NOT NULL,
	"charged_in" text NOT NULL,
	"statement" text NOT NULL,
	PRIMARY KEY("cycle_id", "revision")
) STRICT;
CREATE TABLE "saas_discounts" (
	"subject_id" text NOT NULL,
	"id" text NOT NULL,
	"name" text NOT NULL,
	"percent" text,
	"amount" integer,
	"cycles" integer,
	"applied" integer NOT NULL,
	"created_at" integer NOT NULL,
	"ended_at" integer,
	PRIMARY KEY("subject_id", "id")
) STRICT;
