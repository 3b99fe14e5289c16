CREATE TABLE "jobs_jobs" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"payload" jsonb NOT NULL,
	"dedupe_key" text,
	"state" text NOT NULL,
	"run_at" timestamp (3) with time zone NOT NULL,
	"attempts" integer NOT NULL,
	"leased_until" bigint,
	"lease_token" text,
	"last_error" text,
	"created_at" timestamp (3) with time zone NOT NULL
);
CREATE INDEX "jobs_jobs_due" ON "jobs_jobs" USING btree ("state","run_at");
CREATE UNIQUE INDEX "jobs_jobs_name_dedupe_key_unique" ON "jobs_jobs" USING btree ("name","dedupe_key");
