CREATE TABLE "api_idempotency" (
	"principal" text NOT NULL,
	"key" text NOT NULL,
	"fingerprint" text NOT NULL,
	"status" integer,
	"answer" blob,
	"leased_until" integer NOT NULL,
	"lease_token" text,
	"expires_at" integer NOT NULL,
	PRIMARY KEY("principal", "key")
) STRICT;
CREATE INDEX "api_idempotency_expires_at" ON "api_idempotency" ("expires_at");
