CREATE TABLE "auth_erased_users" (
	"id" text PRIMARY KEY NOT NULL,
	"at" integer NOT NULL
) STRICT;
CREATE TABLE "auth_attempts" (
	"bucket" text PRIMARY KEY NOT NULL,
	"failures" integer NOT NULL,
	"blocked_until" integer NOT NULL,
	"expires_at" integer NOT NULL
) STRICT;
CREATE INDEX "auth_attempts_expires_at" ON "auth_attempts" ("expires_at");
CREATE TABLE "auth_codes" (
	"hash" text PRIMARY KEY NOT NULL,
	"purpose" text NOT NULL,
	"user_id" text NOT NULL,
	"email" text NOT NULL,
	"expires_at" integer NOT NULL
) STRICT;
CREATE INDEX "auth_codes_user_id" ON "auth_codes" ("user_id");
CREATE INDEX "auth_codes_expires_at" ON "auth_codes" ("expires_at");
CREATE TABLE "auth_key_counters" (
	"counter" text PRIMARY KEY NOT NULL,
	"period" integer NOT NULL,
	"used" integer NOT NULL,
	"granted" integer NOT NULL
) STRICT;
CREATE TABLE "auth_oauth_identities" (
	"provider" text NOT NULL,
	"subject" text NOT NULL,
	"user_id" text NOT NULL,
	"linked_at" integer NOT NULL,
	PRIMARY KEY("provider", "subject")
) STRICT;
CREATE INDEX "auth_oauth_identities_user_id" ON "auth_oauth_identities" ("user_id");
CREATE TABLE "auth_oauth_states" (
	"hash" text PRIMARY KEY NOT NULL,
	"provider" text NOT NULL,
	"browser_hash" text NOT NULL,
	"redirect_to" text,
	"expires_at" integer NOT NULL
) STRICT;
CREATE INDEX "auth_oauth_states_expires_at" ON "auth_oauth_states" ("expires_at");
CREATE TABLE "auth_oauth_codes" (
	"hash" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"expires_at" integer NOT NULL
) STRICT;
CREATE INDEX "auth_oauth_codes_user_id" ON "auth_oauth_codes" ("user_id");
CREATE INDEX "auth_oauth_codes_expires_at" ON "auth_oauth_codes" ("expires_at");
CREATE TABLE "auth_audit" (
	"id" text PRIMARY KEY NOT NULL,
	"at" integer NOT NULL,
	"user_id" text NOT NULL,
	"actor_id" text,
	"action" text NOT NULL,
	"target" text,
	"address" text,
	"user_agent" text
) STRICT;
CREATE INDEX "auth_audit_user_id" ON "auth_audit" ("user_id","id");
ALTER TABLE "auth_api_keys" ADD "limits" text;
