/** "Is one of these", for a prepared statement: however many there are, its text is the same. */
import type { Dialect } from "@revops/database";
import { type SQL, type SQLWrapper, sql } from "drizzle-orm";

/** The values travel as the JSON text of an array of strings in the placeholder of that name. */
export function isOneOf(dialect: Dialect, column: SQLWrapper, name: string): SQL {
  const values = sql.placeholder(name);
  return dialect === "sqlite"
    ? sql`${column} in (select value from json_each(${values}))`
    : sql`${column} = any(array(select jsonb_array_elements_text(cast(${values} as jsonb))))`;
}
