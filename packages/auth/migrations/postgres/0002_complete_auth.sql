CREATE TABLE "auth_attempts" (
	"bucket" text PRIMARY KEY NOT NULL,
	"failures" integer NOT NULL,
	"blocked_until" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL
);
CREATE INDEX "auth_attempts_expires_at" ON "auth_attempts" USING btree ("expires_at");
