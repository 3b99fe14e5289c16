CREATE TABLE "saas_quota_subjects" (
	"subject_id" text PRIMARY KEY NOT NULL,
	"since" integer NOT NULL
) STRICT;
CREATE TABLE "saas_tallies" (
	"key" blob PRIMARY KEY NOT NULL,
	"counter_key" blob NOT NULL,
	"subject_id" text NOT NULL,
	"kind" text NOT NULL,
	"start" integer NOT NULL,
	"amount" integer NOT NULL,
	"entries" integer NOT NULL,
	CONSTRAINT "saas_tallies_amount_check" CHECK("saas_tallies"."amount" between 0 and 9007199254740991)
) STRICT;
CREATE INDEX "saas_tallies_counter_key" ON "saas_tallies" ("counter_key");
CREATE TABLE "saas_tally_entries" (
	"tally_key" blob NOT NULL,
	"entry" integer NOT NULL,
	"quantity" integer NOT NULL,
	"at" integer NOT NULL,
	PRIMARY KEY("tally_key", "entry")
) STRICT;
CREATE TABLE "saas_grants" (
	"key" blob PRIMARY KEY NOT NULL,
	"subject_id" text NOT NULL,
	"id" text NOT NULL,
	"account" text NOT NULL,
	"source" text NOT NULL,
	"of_plan" integer NOT NULL,
	"amount" integer NOT NULL,
	"remaining" integer NOT NULL,
	"entries" integer NOT NULL,
	"priority" integer NOT NULL,
	"effective_at" integer NOT NULL,
	"expires_at" integer,
	"rollover" text,
	"closed_at" integer,
	"closed_by" text,
	CONSTRAINT "saas_grants_remaining_check" CHECK("saas_grants"."remaining" between 0 and 9007199254740991)
) STRICT;
CREATE INDEX "saas_grants_subject_id" ON "saas_grants" ("subject_id","closed_at");
CREATE TABLE "saas_grant_entries" (
	"grant_key" blob NOT NULL,
	"entry" integer NOT NULL,
	"kind" text NOT NULL,
	"quantity" integer NOT NULL,
	"units" integer NOT NULL,
	"counter_key" blob,
	"at" integer NOT NULL,
	PRIMARY KEY("grant_key", "entry")
) STRICT;
CREATE INDEX "saas_grant_entries_counter_key" ON "saas_grant_entries" ("counter_key");
CREATE TABLE "saas_reservations" (
	"key" blob PRIMARY KEY NOT NULL,
	"counter_key" blob NOT NULL,
	"subject_id" text NOT NULL,
	"id" text NOT NULL,
	"feature" text NOT NULL,
	"period_start" integer,
	"period_end" integer,
	"quantity" integer NOT NULL,
	"state" text NOT NULL,
	"committed" integer,
	"reserved_at" integer NOT NULL,
	"expires_at" integer NOT NULL,
	"ended_at" integer
) STRICT;
CREATE INDEX "saas_reservations_held" ON "saas_reservations" ("counter_key","expires_at") WHERE state = 'held';
CREATE INDEX "saas_reservations_ending" ON "saas_reservations" ("expires_at") WHERE state = 'held';
CREATE INDEX "saas_reservations_subject_id" ON "saas_reservations" ("subject_id","reserved_at");
CREATE TABLE "saas_spend_caps" (
	"subject_id" text NOT NULL,
	"feature" text NOT NULL,
	"units" integer,
	"amount" integer,
	"set_at" integer NOT NULL,
	PRIMARY KEY("subject_id", "feature")
) STRICT;
CREATE TABLE "saas_alerts" (
	"counter_key" blob NOT NULL,
	"period_start" integer NOT NULL,
	"limit" integer NOT NULL,
	"threshold" integer NOT NULL,
	"used" integer NOT NULL,
	"at" integer NOT NULL,
	PRIMARY KEY("counter_key", "period_start", "limit", "threshold")
) STRICT;
CREATE TABLE "saas_verdicts" (
	"id" text PRIMARY KEY NOT NULL,
	"subject_id" text NOT NULL,
	"feature" text NOT NULL,
	"at" integer NOT NULL,
	"inputs" text NOT NULL,
	"verdict" text NOT NULL
) STRICT;
CREATE INDEX "saas_verdicts_subject_id" ON "saas_verdicts" ("subject_id","at");
