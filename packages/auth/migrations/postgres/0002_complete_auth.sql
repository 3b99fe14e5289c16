CREATE TABLE "auth_erased_users" (
	"id" text PRIMARY KEY NOT NULL,
	"at" timestamp (3) with time zone NOT NULL
);
CREATE TABLE "auth_attempts" (
	"bucket" text PRIMARY KEY NOT NULL,
	"failures" integer NOT NULL,
	"blocked_until" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
CREATE TABLE "auth_codes" (
	"hash" text PRIMARY KEY NOT NULL,
	"purpose" text NOT NULL,
	"user_id" text NOT NULL,
	"email" text NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
CREATE TABLE "auth_key_counters" (
	"counter" text PRIMARY KEY NOT NULL,
	"period" bigint NOT NULL,
	"used" bigint NOT NULL,
	"granted" bigint NOT NULL
);
CREATE TABLE "auth_oauth_identities" (
	"provider" text NOT NULL,
	"subject" text NOT NULL,
	"user_id" text NOT NULL,
	"linked_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "auth_oauth_identities_provider_subject_pk" PRIMARY KEY("provider","subject")
);
CREATE TABLE "auth_oauth_states" (
	"hash" text PRIMARY KEY NOT NULL,
	"provider" text NOT NULL,
	"browser_hash" text NOT NULL,
	"redirect_to" text,
	"expires_at" timestamp (3) with time zone NOT NULL
);
CREATE TABLE "auth_oauth_codes" (
	"hash" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
CREATE TABLE "auth_audit" (
	"id" text PRIMARY KEY NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"user_id" text NOT NULL,
	"actor_id" text,
	"action" text NOT NULL,
	"target" text,
	"address" text,
	"user_agent" text
);
ALTER TABLE "auth_api_keys" ADD COLUMN "limits" jsonb;
CREATE INDEX "auth_attempts_expires_at" ON "auth_attempts" USING btree ("expires_at");
CREATE INDEX "auth_codes_user_id" ON "auth_codes" USING btree ("user_id");
CREATE INDEX "auth_codes_expires_at" ON "auth_codes" USING btree ("expires_at");
CREATE INDEX "auth_oauth_identities_user_id" ON "auth_oauth_identities" USING btree ("user_id");
CREATE INDEX "auth_oauth_states_expires_at" ON "auth_oauth_states" USING btree ("expires_at");
CREATE INDEX "auth_oauth_codes_user_id" ON "auth_oauth_codes" USING btree ("user_id");
CREATE INDEX "auth_oauth_codes_expires_at" ON "auth_oauth_codes" USING btree ("expires_at");
CREATE INDEX "auth_audit_user_id" ON "auth_audit" USING btree ("user_id","id");
