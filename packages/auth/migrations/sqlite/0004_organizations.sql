CREATE TABLE "auth_organizations" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"created_at" integer NOT NULL,
	"revision" integer NOT NULL
) STRICT;
CREATE TABLE "auth_organization_members" (
	"organization_id" text NOT NULL,
	"user_id" text NOT NULL,
	"role" text NOT NULL,
	"joined_at" integer NOT NULL,
	PRIMARY KEY("organization_id", "user_id")
) STRICT;
CREATE INDEX "auth_organization_members_user_id" ON "auth_organization_members" ("user_id","organization_id");
CREATE TABLE "auth_invitations" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"email" text NOT NULL,
	"role" text NOT NULL,
	"invited_by" text,
	"created_at" integer NOT NULL,
	"expires_at" integer NOT NULL
) STRICT;
CREATE UNIQUE INDEX "auth_invitations_organization_email_unique" ON "auth_invitations" ("organization_id","email");
CREATE INDEX "auth_invitations_email" ON "auth_invitations" ("email");
CREATE INDEX "auth_invitations_expires_at" ON "auth_invitations" ("expires_at");
CREATE TABLE "auth_invitation_codes" (
	"hash" text PRIMARY KEY NOT NULL,
	"invitation_id" text NOT NULL,
	"expires_at" integer NOT NULL
) STRICT;
CREATE INDEX "auth_invitation_codes_invitation_id" ON "auth_invitation_codes" ("invitation_id");
CREATE INDEX "auth_invitation_codes_expires_at" ON "auth_invitation_codes" ("expires_at");
ALTER TABLE "auth_api_keys" ADD "created_by" text;
CREATE INDEX "auth_audit_actor_id" ON "auth_audit" ("actor_id");
