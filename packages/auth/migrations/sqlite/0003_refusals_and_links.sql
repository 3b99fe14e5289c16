ALTER TABLE "auth_oauth_states" ADD "link_user_id" text;
ALTER TABLE "auth_oauth_states" ADD "link_session_id" text;
ALTER TABLE "auth_audit" ADD "times" integer;
ALTER TABLE "auth_audit" ADD "last_at" integer;
ALTER TABLE "auth_audit" ADD "gathered" text;
CREATE UNIQUE INDEX "auth_audit_gathered_unique" ON "auth_audit" ("gathered");
