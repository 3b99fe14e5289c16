ALTER TABLE "auth_audit" ADD COLUMN "role_before" text;
ALTER TABLE "auth_audit" ADD COLUMN "role_after" text;
