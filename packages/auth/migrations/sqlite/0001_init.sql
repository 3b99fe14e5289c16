CREATE TABLE "auth_users" (
	"id" text PRIMARY KEY NOT NULL,
	"email" text NOT NULL,
	"email_verified" integer NOT NULL,
	"name" text,
	"role" text NOT NULL,
	"created_at" integer NOT NULL
) STRICT;
CREATE UNIQUE INDEX "auth_users_email_unique" ON "auth_users" ("email");
CREATE TABLE "auth_passwords" (
	"user_id" text PRIMARY KEY NOT NULL,
	"hash" text NOT NULL,
	"changed_at" integer NOT NULL
) STRICT;
CREATE TABLE "auth_sessions" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"created_at" integer NOT NULL,
	"last_used_at" integer NOT NULL,
	"expires_at" integer NOT NULL,
	"ended_at" integer,
	"end_reason" text
) STRICT;
CREATE INDEX "auth_sessions_user_id" ON "auth_sessions" ("user_id","id");
CREATE INDEX "auth_sessions_expires_at" ON "auth_sessions" ("expires_at");
CREATE TABLE "auth_refresh_tokens" (
	"hash" text PRIMARY KEY NOT NULL,
	"session_id" text NOT NULL,
	"created_at" integer NOT NULL,
	"expires_at" integer NOT NULL,
	"used_at" integer
) STRICT;
CREATE INDEX "auth_refresh_tokens_session_id" ON "auth_refresh_tokens" ("session_id");
CREATE INDEX "auth_refresh_tokens_expires_at" ON "auth_refresh_tokens" ("expires_at");
CREATE TABLE "auth_api_keys" (
	"id" text PRIMARY KEY NOT NULL,
	"subject_id" text NOT NULL,
	"name" text NOT NULL,
	"salt" text NOT NULL,
	"digest" blob NOT NULL,
	"last4" text NOT NULL,
	"scopes" text NOT NULL,
	"created_at" integer NOT NULL,
	"expires_at" integer,
	"last_used_at" integer,
	"revoked_at" integer,
	"successor_id" text
) STRICT;
CREATE INDEX "auth_api_keys_subject_id" ON "auth_api_keys" ("subject_id","id");
CREATE TABLE "auth_revocations" (
	"kind" text NOT NULL,
	"target" text NOT NULL,
	"revision" integer NOT NULL,
	"expires_at" integer NOT NULL,
	PRIMARY KEY("kind", "target")
) STRICT;
CREATE INDEX "auth_revocations_revision" ON "auth_revocations" ("revision");
CREATE INDEX "auth_revocations_expires_at" ON "auth_revocations" ("expires_at");
CREATE TABLE "auth_revisions" (
	"name" text PRIMARY KEY NOT NULL,
	"revision" integer NOT NULL
) STRICT;
