CREATE TABLE "payments_forgotten" (
	"subject_id" text PRIMARY KEY NOT NULL,
	"forgotten_at" timestamp (3) with time zone NOT NULL,
	"cards_until" timestamp (3) with time zone NOT NULL,
	"settled_at" timestamp (3) with time zone
);
CREATE INDEX "payments_forgotten_settled_at" ON "payments_forgotten" USING btree ("settled_at","subject_id");
