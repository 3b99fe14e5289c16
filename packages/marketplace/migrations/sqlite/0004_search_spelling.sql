CREATE TABLE "marketplace_search_words" (
	"word" text PRIMARY KEY NOT NULL,
	"uses" integer NOT NULL
) STRICT;
CREATE TABLE "marketplace_search_spellings" (
	"spelling" text NOT NULL,
	"word" text NOT NULL,
	PRIMARY KEY("spelling", "word")
) STRICT;
