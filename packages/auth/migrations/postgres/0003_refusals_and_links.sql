ALTER TABLE "auth_oauth_states" ADD COLUMN "link_user_id" text;
ALTER TABLE "auth_oauth_states" ADD COLUMN "link_session_id" text;
ALTER TABLE "auth_audit" ADD COLUMN "times" integer;
ALTER TABLE "auth_audit" ADD COLUMN "last_at" timestamp (3) with time zone;
ALTER TABLE "auth_audit" ADD COLUMN "gathered" text;
CREATE UNIQUE INDEX "auth_audit_gathered_unique" ON "auth_audit" USING btree ("gathered");
