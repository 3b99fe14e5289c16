CREATE TABLE "saas_quota_subjects" (
	"subject_id" text PRIMARY KEY NOT NULL,
	"since" timestamp (3) with time zone NOT NULL
);
CREATE TABLE "saas_tallies" (
	"key" "bytea" PRIMARY KEY NOT NULL,
	"counter_key" "bytea" NOT NULL,
	"subject_id" text NOT NULL,
	"kind" text NOT NULL,
	"start" timestamp (3) with time zone NOT NULL,
	"amount" bigint NOT NULL,
	"entries" bigint NOT NULL,
	CONSTRAINT "saas_tallies_amount_check" CHECK ("saas_tallies"."amount" between 0 and 9007199254740991)
);
CREATE TABLE "saas_tally_entries" (
	"tally_key" "bytea" NOT NULL,
	"entry" bigint NOT NULL,
	"quantity" bigint NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "saas_tally_entries_tally_key_entry_pk" PRIMARY KEY("tally_key","entry")
);
CREATE TABLE "saas_grants" (
	"key" "bytea" PRIMARY KEY NOT NULL,
	"subject_id" text NOT NULL,
	"id" text NOT NULL,
	"account" text NOT NULL,
	"source" text NOT NULL,
	"of_plan" boolean NOT NULL,
	"amount" bigint NOT NULL,
	"remaining" bigint NOT NULL,
	"entries" bigint NOT NULL,
	"priority" integer NOT NULL,
	"effective_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"rollover" jsonb,
	"closed_at" timestamp (3) with time zone,
	"closed_by" text,
	CONSTRAINT "saas_grants_remaining_check" CHECK ("saas_grants"."remaining" between 0 and 9007199254740991)
);
CREATE TABLE "saas_grant_entries" (
	"grant_key" "bytea" NOT NULL,
	"entry" bigint NOT NULL,
	"kind" text NOT NULL,
	"quantity" bigint NOT NULL,
	"units" bigint NOT NULL,
	"counter_key" "bytea",
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "saas_grant_entries_grant_key_entry_pk" PRIMARY KEY("grant_key","entry")
);
CREATE TABLE "saas_reservations" (
	"key" "bytea" PRIMARY KEY NOT NULL,
	"counter_key" "bytea" NOT NULL,
	"subject_id" text NOT NULL,
	"id" text NOT NULL,
	"feature" text NOT NULL,
	"period_start" timestamp (3) with time zone,
	"period_end" timestamp (3) with time zone,
	"quantity" bigint NOT NULL,
	"state" text NOT NULL,
	"committed" bigint,
	"reserved_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone
);
CREATE TABLE "saas_spend_caps" (
	"subject_id" text NOT NULL,
	"feature" text NOT NULL,
	"units" bigint,
	"amount" bigint,
	"set_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "saas_spend_caps_subject_id_feature_pk" PRIMARY KEY("subject_id","feature")
);
CREATE TABLE "saas_alerts" (
	"counter_key" "bytea" NOT NULL,
	"period_start" timestamp (3) with time zone NOT NULL,
	"limit" bigint NOT NULL,
	"threshold" integer NOT NULL,
	"used" bigint NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "saas_alerts_counter_key_period_start_limit_threshold_pk" PRIMARY KEY("counter_key","period_start","limit","threshold")
);
CREATE TABLE "saas_verdicts" (
	"id" text PRIMARY KEY NOT NULL,
	"subject_id" text NOT NULL,
	"feature" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"inputs" jsonb NOT NULL,
	"verdict" jsonb NOT NULL
);
CREATE INDEX "saas_tallies_counter_key" ON "saas_tallies" USING btree ("counter_key");
CREATE INDEX "saas_grants_subject_id" ON "saas_grants" USING btree ("subject_id","closed_at");
CREATE INDEX "saas_grant_entries_counter_key" ON "saas_grant_entries" USING btree ("counter_key");
CREATE INDEX "saas_reservations_held" ON "saas_reservations" USING btree ("counter_key","expires_at") WHERE state = 'held';
CREATE INDEX "saas_reservations_ending" ON "saas_reservations" USING btree ("expires_at") WHERE state = 'held';
CREATE INDEX "saas_reservations_subject_id" ON "saas_reservations" USING btree ("subject_id","reserved_at");
CREATE INDEX "saas_verdicts_subject_id" ON "saas_verdicts" USING btree ("subject_id","at");
