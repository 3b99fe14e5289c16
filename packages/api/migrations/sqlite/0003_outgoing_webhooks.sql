CREATE TABLE "api_webhook_endpoints" (
	"id" text PRIMARY KEY NOT NULL,
	"subject_id" text NOT NULL,
	"url" text NOT NULL,
	"description" text,
	"events" text NOT NULL,
	"enabled" integer NOT NULL,
	"secret" blob NOT NULL,
	"previous_secret" blob,
	"previous_secret_until" integer,
	"created_at" integer NOT NULL,
	"healthy_at" integer NOT NULL,
	"leased_until" integer NOT NULL,
	"lease_token" text
) STRICT;
CREATE INDEX "api_webhook_endpoints_subject_id" ON "api_webhook_endpoints" ("subject_id","id");
CREATE TABLE "api_webhook_sequences" (
	"subject_id" text PRIMARY KEY NOT NULL,
	"last" integer NOT NULL
) STRICT;
CREATE TABLE "api_webhook_messages" (
	"id" text PRIMARY KEY NOT NULL,
	"subject_id" text NOT NULL,
	"type" text NOT NULL,
	"sequence" integer NOT NULL,
	"body" text NOT NULL,
	"created_at" integer NOT NULL
) STRICT;
CREATE UNIQUE INDEX "api_webhook_messages_sequence_unique" ON "api_webhook_messages" ("subject_id","sequence");
CREATE INDEX "api_webhook_messages_created_at" ON "api_webhook_messages" ("created_at");
CREATE TABLE "api_webhook_deliveries" (
	"id" text PRIMARY KEY NOT NULL,
	"endpoint_id" text NOT NULL,
	"message_id" text NOT NULL,
	"sequence" integer NOT NULL,
	"state" text NOT NULL,
	"attempts" integer NOT NULL,
	"next_attempt_at" integer,
	"created_at" integer NOT NULL
) STRICT;
CREATE INDEX "api_webhook_deliveries_endpoint_id" ON "api_webhook_deliveries" ("endpoint_id","id");
CREATE INDEX "api_webhook_deliveries_next" ON "api_webhook_deliveries" ("endpoint_id","state","sequence");
CREATE INDEX "api_webhook_deliveries_message_id" ON "api_webhook_deliveries" ("message_id");
CREATE TABLE "api_webhook_attempts" (
	"id" text PRIMARY KEY NOT NULL,
	"delivery_id" text NOT NULL,
	"at" integer NOT NULL,
	"status" integer,
	"error" text,
	"duration_ms" integer NOT NULL
) STRICT;
CREATE INDEX "api_webhook_attempts_delivery_id" ON "api_webhook_attempts" ("delivery_id","id");
