/** The column vocabulary on PostgreSQL: the same words as on SQLite, with native types. */
import {
  bigint,
  boolean,
  check,
  customType,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import type { SqliteColumns } from "./sqlite.ts";

const bytea = customType<{ data: Buffer }>({ dataType: () => "bytea" });

export const postgresColumns = {
  table: pgTable,
  index,
  uniqueIndex,
  check,
  primaryKey,
  text: () => text(),
  flag: () => boolean(),
  time: () => timestamp({ withTimezone: true, precision: 3, mode: "date" }),
  json: <Shape>() => jsonb().$type<Shape>(),
  integer: () => integer(),
  bigint: () => bigint({ mode: "number" }),
  bytes: () => bytea(),
} satisfies Record<keyof SqliteColumns, unknown>;
