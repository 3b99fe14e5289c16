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
  timestamp,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import type { SqliteColumns } from "./sqlite.ts";
import { storableText } from "./storable.ts";

const storable = customType<{ data: string; driverData: string }>({ dataType: () => "text", toDriver: storableText });
const bytea = customType<{ data: Buffer }>({ dataType: () => "bytea" });

export const postgresColumns = {
  table: pgTable,
  index,
  uniqueIndex,
  check,
  primaryKey,
  text: () => storable(),
  flag: () => boolean(),
  time: () => timestamp({ withTimezone: true, precision: 3, mode: "date" }),
  json: <Shape>() => jsonb().$type<Shape>(),
  integer: () => integer(),
  bigint: () => bigint({ mode: "number" }),
  bytes: () => bytea(),
} satisfies Record<keyof SqliteColumns, unknown>;
