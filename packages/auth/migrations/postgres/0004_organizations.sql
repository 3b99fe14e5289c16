CREATE TABLE "auth_organizations" (
	"id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"revision" bigint NOT NULL
);
CREATE TABLE "auth_organization_members" (
	"organization_id" text NOT NULL,
	"user_id" text NOT NULL,
	"role" text NOT NULL,
	"joined_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "auth_organization_members_organization_id_user_id_pk" PRIMARY KEY("organization_id","user_id")
);
CREATE TABLE "auth_invitations" (
	"id" text PRIMARY KEY NOT NULL,
	"organization_id" text NOT NULL,
	"email" text NOT NULL,
	"role" text NOT NULL,
	"invited_by" text,
	"created_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
CREATE TABLE "auth_invitation_codes" (
	"hash" text PRIMARY KEY NOT NULL,
	"invitation_id" text NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
ALTER TABLE "auth_api_keys" ADD COLUMN "created_by" text;
CREATE INDEX "auth_organization_members_user_id" ON "auth_organization_members" USING btree ("user_id","organization_id");
CREATE UNIQUE INDEX "auth_invitations_organization_email_unique" ON "auth_invitations" USING btree ("organization_id","email");
CREATE INDEX "auth_invitations_email" ON "auth_invitations" USING btree ("email");
CREATE INDEX "auth_invitations_expires_at" ON "auth_invitations" USING btree ("expires_at");
CREATE INDEX "auth_invitation_codes_invitation_id" ON "auth_invitation_codes" USING btree ("invitation_id");
CREATE INDEX "auth_invitation_codes_expires_at" ON "auth_invitation_codes" USING btree ("expires_at");
CREATE INDEX "auth_audit_actor_id" ON "auth_audit" USING btree ("actor_id");
