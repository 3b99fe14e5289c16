CREATE TABLE "auth_users" (
	"id" text PRIMARY KEY NOT NULL,
	"email" text NOT NULL,
	"email_verified" boolean NOT NULL,
	"name" text,
	"role" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
CREATE TABLE "auth_passwords" (
	"user_id" text PRIMARY KEY NOT NULL,
	"hash" text NOT NULL,
	"changed_at" timestamp (3) with time zone NOT NULL
);
CREATE TABLE "auth_sessions" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"last_used_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone,
	"end_reason" text
);
CREATE TABLE "auth_refresh_tokens" (
	"hash" text PRIMARY KEY NOT NULL,
	"session_id" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"used_at" timestamp (3) with time zone
);
CREATE TABLE "auth_api_keys" (
	"id" text PRIMARY KEY NOT NULL,
	"subject_id" text NOT NULL,
	"name" text NOT NULL,
	"salt" text NOT NULL,
	"digest" "bytea" NOT NULL,
	"last4" text NOT NULL,
	"scopes" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"last_used_at" timestamp (3) with time zone,
	"revoked_at" timestamp (3) with time zone,
	"successor_id" text
);
CREATE TABLE "auth_revocations" (
	"kind" text NOT NULL,
	"target" text NOT NULL,
	"revision" bigint NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "auth_revocations_kind_target_pk" PRIMARY KEY("kind","target")
);
CREATE TABLE "auth_revisions" (
	"name" text PRIMARY KEY NOT NULL,
	"revision" bigint NOT NULL
);
CREATE UNIQUE INDEX "auth_users_email_unique" ON "auth_users" USING btree ("email");
CREATE INDEX "auth_sessions_user_id" ON "auth_sessions" USING btree ("user_id","id");
CREATE INDEX "auth_sessions_expires_at" ON "auth_sessions" USING btree ("expires_at");
CREATE INDEX "auth_refresh_tokens_session_id" ON "auth_refresh_tokens" USING btree ("session_id");
CREATE INDEX "auth_refresh_tokens_expires_at" ON "auth_refresh_tokens" USING btree ("expires_at");
CREATE INDEX "auth_api_keys_subject_id" ON "auth_api_keys" USING btree ("subject_id","id");
CREATE INDEX "auth_revocations_revision" ON "auth_revocations" USING btree ("revision");
CREATE INDEX "auth_revocations_expires_at" ON "auth_revocations" USING btree ("expires_at");
