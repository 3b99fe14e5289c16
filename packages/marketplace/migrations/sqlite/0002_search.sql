-- Full text over marketplace_search_documents.terms. Hand-written: drizzle's schema cannot say it.
-- The words are split in JavaScript alike for both databases (src/search/words.ts), so the tokenizer has only spaces to
-- split at: "ascii" leaves every other character alone. The rowid is the popularity rank, and matches come in its order.
CREATE VIRTUAL TABLE "marketplace_search" USING fts5(
  terms, content='marketplace_search_documents', content_rowid='position',
  tokenize='ascii', detail=none, columnsize=0
);
CREATE TRIGGER "marketplace_search_insert" AFTER INSERT ON "marketplace_search_documents" BEGIN
  INSERT INTO "marketplace_search" (rowid, terms) VALUES (new."position", new."terms");
END;
CREATE TRIGGER "marketplace_search_delete" AFTER DELETE ON "marketplace_search_documents" BEGIN
  INSERT INTO "marketplace_search" ("marketplace_search", rowid, terms) VALUES ('delete', old."position", old."terms");
END;
CREATE TRIGGER "marketplace_search_update" AFTER UPDATE OF "position", "terms" ON "marketplace_search_documents" BEGIN
  INSERT INTO "marketplace_search" ("marketplace_search", rowid, terms) VALUES ('delete', old."position", old."terms");
  INSERT INTO "marketplace_search" (rowid, terms) VALUES (new."position", new."terms");
END;
