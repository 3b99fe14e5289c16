CREATE TABLE "api_idempotency" (
	"principal" text NOT NULL,
	"key" text NOT NULL,
	"fingerprint" text NOT NULL,
	"status" integer,
	"answer" "bytea",
	"leased_until" bigint NOT NULL,
	"lease_token" text,
	"expires_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "api_idempotency_principal_key_unique" PRIMARY KEY("principal","key")
);
CREATE INDEX "api_idempotency_expires_at" ON "api_idempotency" USING btree ("expires_at");
