CREATE TABLE "saas_plan_versions" (
	"version" text PRIMARY KEY NOT NULL,
	"content" jsonb NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
ALTER TABLE "saas_entitlements" ADD COLUMN "plan_version" text;
ALTER TABLE "saas_entitlements" ADD COLUMN "agreement" jsonb;
ALTER TABLE "saas_entitlements" ADD COLUMN "due_at" timestamp (3) with time zone;
ALTER TABLE "saas_entitlement_changes" ADD COLUMN "plan_version" text;
ALTER TABLE "saas_entitlement_changes" ADD COLUMN "agreement" jsonb;
CREATE INDEX "saas_entitlements_due_at" ON "saas_entitlements" USING btree ("due_at");
