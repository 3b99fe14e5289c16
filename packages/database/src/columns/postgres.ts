/** The column vocabulary on PostgreSQL: the same words as on SQLite, with native types. */
import {
  bigint,
  boolean,
  check,
  customType,
  index,
  integer,
  pgTable,
  primaryKey,
  timestamp,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import type { SqliteColumns } from "./sqlite.ts";
import { storableJson, storableText } from "./storable.ts";

const storable = customType<{ data: string; driverData: string }>({ dataType: () => "text", toDriver: storableText });
// The driver reads jsonb by itself.
const jsonb = customType<{ data: unknown }>({ dataType: () => "jsonb", toDriver: storableJson });
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
