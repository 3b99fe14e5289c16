CREATE TABLE "marketplace_search_words" (
	"word" text PRIMARY KEY NOT NULL,
	"uses" bigint NOT NULL
);
CREATE TABLE "marketplace_search_spellings" (
	"spelling" text NOT NULL,
	"word" text NOT NULL,
	CONSTRAINT "marketplace_search_spellings_spelling_word_pk" PRIMARY KEY("spelling","word")
);
