CREATE TABLE "auth_attempts" (
	"bucket" text PRIMARY KEY NOT NULL,
	"failures" integer NOT NULL,
	"blocked_until" integer NOT NULL,
	"expires_at" integer NOT NULL
) STRICT;
CREATE INDEX "auth_attempts_expires_at" ON "auth_attempts" ("expires_at");
