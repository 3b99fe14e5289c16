CREATE TABLE "payments_forgotten" (
	"subject_id" text PRIMARY KEY NOT NULL,
	"forgotten_at" integer NOT NULL,
	"cards_until" integer NOT NULL,
	"settled_at" integer
) STRICT;
CREATE INDEX "payments_forgotten_settled_at" ON "payments_forgotten" ("settled_at","subject_id");
