/** Which full-text index goes with which database. */
import type { Dialect } from "@revops/database";
import { fts5Index } from "./fts5.ts";
import type { SearchIndex } from "./matching.ts";
import { tsvectorIndex } from "./tsvector.ts";

export const searchIndexes: Readonly<Record<Dialect, SearchIndex>> = { sqlite: fts5Index, postgres: tsvectorIndex };
