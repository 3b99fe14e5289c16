/** The two drivers' words for a broken constraint, read in one place. */

/** A constraint that refused a row. */
export interface ConstraintViolation {
  readonly kind: "unique" | "check" | "not_null" | "foreign_key";
  /**
   * The constraint's name. Unique constraints are named `<table>_<columns>_unique` (drizzle's own convention, which all
   * our tables keep), since SQLite tells the columns and PostgreSQL the name.
   */
  readonly name: string;
}

const postgresKinds = { "23505": "unique", "23514": "check", "23502": "not_null", "23503": "foreign_key" } as const;

/**
 * Reads which constraint refused a row; null for any other error.
 * Prefer `onConflictDoNothing().returning()` where a conflict is an expected answer.
 */
export function constraintViolation(error: unknown): ConstraintViolation | null {
  for (let current = error; current instanceof Error; current = current.cause) {
    const code = "code" in current ? String(current.code) : "";
    if (code.startsWith("SQLITE_CONSTRAINT")) return readSqlite(code, current.message);
    const kind = postgresKinds[code as keyof typeof postgresKinds] as ConstraintViolation["kind"] | undefined;
    if (kind) return { kind, name: "constraint" in current ? String(current.constraint ?? "") : "" };
  }
  return null;
}

function readSqlite(code: string, message: string): ConstraintViolation | null {
  // "UNIQUE constraint failed: index 'auth_users_lower_unique'" for an index over an expression
  const index = /^UNIQUE constraint failed: index '(.+)'$/.exec(message)?.[1];
  if (index !== undefined) return { kind: "unique", name: index };
  // "UNIQUE constraint failed: auth_users.email, auth_users.realm" · "CHECK constraint failed: name" · "NOT NULL …: t.c"
  const failed = message.slice(message.indexOf(": ") + 2);
  const columns = failed.split(", ").map((column) => column.split(".").at(-1));
  const table = failed.split(".", 1)[0];
  if (code.endsWith("_UNIQUE") || code.endsWith("_PRIMARYKEY")) {
    return { kind: "unique", name: `${table}_${columns.join("_")}_unique` };
  }
  if (code.endsWith("_CHECK")) return { kind: "check", name: failed };
  if (code.endsWith("_NOTNULL")) return { kind: "not_null", name: `${table}_${columns[0]}` };
  return code.endsWith("_FOREIGNKEY") ? { kind: "foreign_key", name: "" } : null;
}
