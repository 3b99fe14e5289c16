CREATE TABLE "api_webhook_endpoints" (
	"id" text PRIMARY KEY NOT NULL,
	"subject_id" text NOT NULL,
	"url" text NOT NULL,
	"description" text,
	"events" jsonb NOT NULL,
	"enabled" boolean NOT NULL,
	"secret" "bytea" NOT NULL,
	"previous_secret" "bytea",
	"previous_secret_until" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	"healthy_at" timestamp (3) with time zone NOT NULL,
	"leased_until" bigint NOT NULL,
	"lease_token" text
);
CREATE TABLE "api_webhook_sequences" (
	"subject_id" text PRIMARY KEY NOT NULL,
	"last" bigint NOT NULL
);
CREATE TABLE "api_webhook_messages" (
	"id" text PRIMARY KEY NOT NULL,
	"subject_id" text NOT NULL,
	"type" text NOT NULL,
	"sequence" bigint NOT NULL,
	"body" text NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
CREATE TABLE "api_webhook_deliveries" (
	"id" text PRIMARY KEY NOT NULL,
	"endpoint_id" text NOT NULL,
	"message_id" text NOT NULL,
	"sequence" bigint NOT NULL,
	"state" text NOT NULL,
	"attempts" integer NOT NULL,
	"next_attempt_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL
);
CREATE TABLE "api_webhook_attempts" (
	"id" text PRIMARY KEY NOT NULL,
	"delivery_id" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"status" integer,
	"error" text,
	"duration_ms" integer NOT NULL
);
CREATE INDEX "api_webhook_endpoints_subject_id" ON "api_webhook_endpoints" USING btree ("subject_id","id");
CREATE UNIQUE INDEX "api_webhook_messages_sequence_unique" ON "api_webhook_messages" USING btree ("subject_id","sequence");
CREATE INDEX "api_webhook_messages_created_at" ON "api_webhook_messages" USING btree ("created_at");
CREATE INDEX "api_webhook_deliveries_endpoint_id" ON "api_webhook_deliveries" USING btree ("endpoint_id","id");
CREATE INDEX "api_webhook_deliveries_next" ON "api_webhook_deliveries" USING btree ("endpoint_id","state","sequence");
CREATE INDEX "api_webhook_deliveries_message_id" ON "api_webhook_deliveries" USING btree ("message_id");
CREATE INDEX "api_webhook_attempts_delivery_id" ON "api_webhook_attempts" USING btree ("delivery_id","id");
