CREATE TABLE "saas_plan_versions" (
	"version" text PRIMARY KEY NOT NULL,
	"content" text NOT NULL,
	"created_at" integer NOT NULL
) STRICT;
ALTER TABLE "saas_entitlements" ADD "plan_version" text;
ALTER TABLE "saas_entitlements" ADD "agreement" text;
ALTER TABLE "saas_entitlements" ADD "due_at" integer;
CREATE INDEX "saas_entitlements_due_at" ON "saas_entitlements" ("due_at");
ALTER TABLE "saas_entitlement_changes" ADD "plan_version" text;
ALTER TABLE "saas_entitlement_changes" ADD "agreement" text;
