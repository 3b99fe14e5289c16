CREATE TABLE "saas_cycles" (
	"id" text PRIMARY KEY NOT NULL,
	"subject_id" text NOT NULL,
	"start" timestamp (3) with time zone NOT NULL,
	"end" timestamp (3) with time zone NOT NULL,
	"tier" text NOT NULL,
	"plan_version" text,
	"state" text NOT NULL,
	"statement" jsonb NOT NULL,
	"basis" jsonb NOT NULL,
	"closed_at" timestamp (3) with time zone NOT NULL
);
CREATE TABLE "saas_cycle_usage" (
	"counter_key" "bytea" NOT NULL,
	"first_entry" bigint NOT NULL,
	"last_entry" bigint NOT NULL,
	"quantity" bigint NOT NULL,
	"cycle_id" text NOT NULL,
	CONSTRAINT "saas_cycle_usage_counter_key_first_entry_pk" PRIMARY KEY("counter_key","first_entry")
);
CREATE TABLE "saas_cycle_restatements" (
	"cycle_id" text NOT NULL,
	"revision" bigint NOT NULL,
	"charged_in" text NOT NULL,
	"statement" jsonb NOT NULL,
	CONSTRAINT "saas_cycle_restatements_cycle_id_revision_pk" PRIMARY KEY("cycle_id","revision")
);
CREATE TABLE "saas_discounts" (
	"subject_id" text NOT NULL,
	"id" text NOT NULL,
	"name" text NOT NULL,
	"percent" text,
	"amount" bigint,
	"cycles" integer,
	"applied" integer NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "saas_discounts_subject_id_id_pk" PRIMARY KEY("subject_id","id")
);
CREATE UNIQUE INDEX "saas_cycles_subject_id_start_unique" ON "saas_cycles" USING btree ("subject_id","start");
