ALTER TABLE "auth_audit" ADD "role_before" text;
ALTER TABLE "auth_audit" ADD "role_after" text;
