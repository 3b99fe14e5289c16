/** Queries built once per handle: building one anew each time costs twenty times the query itself. */
import { storableParameters } from "./columns/storable.ts";
import type { Handle, Queries } from "./database.ts";

/** What drizzle's builders have in common, on either dialect. */
interface Preparable<Result> {
  prepare(name?: string): { execute(values?: Record<string, unknown>): Promise<Result> };
}

/** Runs the query on a handle with values for its placeholders. */
export type Prepared<Result> = (handle: Handle, values?: Record<string, unknown>) => Promise<Result>;

/**
 * Prepares a query for repeated use. The root handle keeps it for the life of the process; a transaction, which ends
 * soon, builds its own.
 *
 * @param name unique in the product, with the package's prefix: PostgreSQL keeps the server-side plan under it
 * @example
 * const findUser = prepared("auth_find_user", (db) => db.select().from(users).where(eq(users.id, sql.placeholder("id"))));
 * const [user] = await findUser(tx ?? database, { id });
 */
export function prepared<Result>(name: string, build: (db: Queries) => Preparable<Result>): Prepared<Result> {
  const built = new WeakMap<Handle, ReturnType<Preparable<Result>["prepare"]>>();
  return async (handle, values) => {
    // What stands for a placeholder passes no column.
    if (values) storableParameters(Object.values(values));
    let query = built.get(handle);
    if (!query) {
      query = build(handle.db).prepare(name);
      built.set(handle, query);
    }
    return query.execute(values);
  };
}
