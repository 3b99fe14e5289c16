CREATE TABLE "jobs_jobs" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"payload" text NOT NULL,
	"dedupe_key" text,
	"state" text NOT NULL,
	"run_at" integer NOT NULL,
	"attempts" integer NOT NULL,
	"leased_until" integer,
	"lease_token" text,
	"last_error" text,
	"created_at" integer NOT NULL
) STRICT;
CREATE INDEX "jobs_jobs_due" ON "jobs_jobs" ("state","run_at");
CREATE UNIQUE INDEX "jobs_jobs_name_dedupe_key_unique" ON "jobs_jobs" ("name","dedupe_key");
