/** The column vocabulary on SQLite. Tables are STRICT, so a column takes only its own type. */
import {
  blob,
  check,
  customType,
  index,
  integer,
  primaryKey,
  sqliteTable,
  text,
  uniqueIndex,
} from "drizzle-orm/sqlite-core";
import { storableText } from "./storable.ts";

const storable = customType<{ data: string; driverData: string }>({ dataType: () => "text", toDriver: storableText });

export const sqliteColumns = {
  table: sqliteTable,
  index,
  /** Name it `<table>_<columns>_unique`. */
  uniqueIndex,
  check,
  primaryKey,
  /** Unicode text; anything else is `unstorable_text` on both databases. */
  text: () => storable(),
  /** true or false. */
  flag: () => integer({ mode: "boolean" }),
  /** An instant, to the millisecond. */
  time: () => integer({ mode: "timestamp_ms" }),
  /** A JSON value of the given shape. */
  json: <Shape>() => text({ mode: "json" }).$type<Shape>(),
  /** A whole number that fits 32 bits. */
  integer: () => integer({ mode: "number" }),
  /** A whole number that fits a JavaScript safe integer: amounts, counters, sizes. */
  bigint: () => integer({ mode: "number" }),
  /** Raw bytes. */
  bytes: () => blob({ mode: "buffer" }),
};

export type SqliteColumns = typeof sqliteColumns;
