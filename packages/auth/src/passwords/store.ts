import { type Database, type Handle, prepared, type Tx } from "@revops/database";
import { and, eq, sql } from "drizzle-orm";
import { authTables } from "../schema.ts";

export interface PasswordStore {
  /**
   * Replaces a hash and locks it until the commit; false when it is no longer this one. With `next` equal to `hash` it
   * only makes sure that the password is still the one that was checked.
   */
  replace(tx: Tx, password: { userId: string; hash: string; next: string }, at: Date | null): Promise<boolean>;
  has(handle: Handle, userId: string): Promise<boolean>;
  /** Sets a password, whatever it was, if any. */
  set(tx: Tx, userId: string, hash: string, at: Date): Promise<void>;
  /** The user with this e-mail address, and the hash in the PHC string format; null for who has no password. */
  findByEmail(handle: Handle, email: string): Promise<{ userId: string; hash: string | null } | null>;
}

export function createPasswordStore({ dialect }: Database): PasswordStore {
  const { passwords, users } = authTables(dialect);
  // Of an address that nobody has, somebody's hash is read all the same, from as many places of the same indexes as the
  // hash of one that somebody has: else the time of a log-in would tell them apart. Whose it is stays null.
  const found = sql`(select ${users.id} from ${users} where ${users.email} = ${sql.placeholder("email")})`;
  const anybody = sql`(select max(${passwords.userId}) from ${passwords})`;
  const byEmail = prepared("auth_password_by_email", (db) =>
    db
      .select({ userId: sql<string | null>`found.id`, hash: passwords.hash })
      .from(sql`(select ${found} as id) as found`)
      .leftJoin(passwords, sql`${passwords.userId} = coalesce(found.id, ${anybody})`),
  );
  return {
    replace: async (tx, { userId, hash, next }, at) =>
      (
        await tx.db
          .update(passwords)
          .set({ hash: next, ...(at === null ? {} : { changedAt: at }) })
          .where(and(eq(passwords.userId, userId), eq(passwords.hash, hash)))
          .returning({ userId: passwords.userId })
      ).length > 0,
    has: async (handle, userId) =>
      (await handle.db.select({ userId: passwords.userId }).from(passwords).where(eq(passwords.userId, userId)))
        .length > 0,
    set: async (tx, userId, hash, at) =>
      void (await tx.db
        .insert(passwords)
        .values({ userId, hash, changedAt: at })
        .onConflictDoUpdate({ target: passwords.userId, set: { hash, changedAt: at } })),
    async findByEmail(handle, email) {
      const [row] = await byEmail(handle, { email });
      return typeof row?.userId === "string" ? { userId: row.userId, hash: row.hash } : null;
    },
  };
}
