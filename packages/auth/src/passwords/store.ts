import { type Database, type Handle, prepared, type Tx } from "@revops/database";
import { and, eq, sql } from "drizzle-orm";
import { authTables } from "../schema.ts";

export interface PasswordStore {
  /**
   * Makes sure that a password still has the hash that it was checked against, and locks it until the commit; false when it
   * has not. `next` is the same hash, or one of the same password that takes more work.
   */
  confirm(tx: Tx, password: { userId: string; hash: string; next: string }): Promise<boolean>;
  /** Changes a password that still has this hash; false when it has not. */
  replace(tx: Tx, password: { userId: string; hash: string; next: string }, at: Date): Promise<boolean>;
  has(handle: Handle, userId: string): Promise<boolean>;
  /** When it was changed last; null for who has none. */
  changedAt(handle: Handle, userId: string): Promise<Date | null>;
  /** Whether it was changed at that time last, and is not changed again until the commit. */
  isOf(tx: Tx, userId: string, changedAt: Date): Promise<boolean>;
  /** Sets a password, whatever it was, if any. */
  set(tx: Tx, userId: string, hash: string, at: Date): Promise<void>;
  /**
   * The user with this e-mail address, and their hash in the PHC string format; null for who has no password. With null for
   * the user, nobody has the address, and the hash is somebody else's: to be checked like theirs, and to open nothing.
   */
  findByEmail(handle: Handle, email: string): Promise<{ userId: string | null; hash: string | null }>;
}

export function createPasswordStore({ dialect }: Database): PasswordStore {
  const { passwords, users } = authTables(dialect);
  // Of an address that nobody has, the hash of whoever is next in the alphabet is read, or of the first after the last: from
  // as many places of the same indexes, and made with as much work as theirs. Else the time of a log-in would tell.
  const given = sql`${users.email} >= ${sql.placeholder("email")}`;
  const next = sql`(select ${users.id} from ${users} where ${given} order by ${users.email} limit 1)`;
  const first = sql`(select ${users.id} from ${users} order by ${users.email} limit 1)`;
  const nearest = prepared("auth_password_nearest", (db) =>
    db
      .select({ userId: users.id, email: users.email, hash: passwords.hash })
      .from(users)
      .leftJoin(passwords, eq(passwords.userId, users.id))
      .where(sql`${users.id} = coalesce(${next}, ${first})`),
  );
  // By hand, and so compiled once: a transaction's query builder would write it anew for each log-in.
  const { placeholder } = sql;
  const confirm = sql`
    update auth_passwords set hash = ${placeholder("next")}
    where user_id = ${placeholder("userId")} and hash = ${placeholder("hash")} returning user_id`;
  return {
    confirm: async (tx, { userId, hash, next }) => (await tx.rows(confirm, { userId, hash, next })).length > 0,
    replace: async (tx, { userId, hash, next }, at) =>
      (
        await tx.db
          .update(passwords)
          .set({ hash: next, changedAt: at })
          .where(and(eq(passwords.userId, userId), eq(passwords.hash, hash)))
          .returning({ userId: passwords.userId })
      ).length > 0,
    has: async (handle, userId) =>
      (await handle.db.select({ userId: passwords.userId }).from(passwords).where(eq(passwords.userId, userId)))
        .length > 0,
    changedAt: async (handle, userId) =>
      (await handle.db.select({ at: passwords.changedAt }).from(passwords).where(eq(passwords.userId, userId)))[0]
        ?.at ?? null,
    isOf: async (tx, userId, changedAt) =>
      (
        await tx.db
          .update(passwords)
          .set({ changedAt })
          .where(and(eq(passwords.userId, userId), eq(passwords.changedAt, changedAt)))
          .returning({ userId: passwords.userId })
      ).length > 0,
    set: async (tx, userId, hash, at) =>
      void (await tx.db
        .insert(passwords)
        .values({ userId, hash, changedAt: at })
        .onConflictDoUpdate({ target: passwords.userId, set: { hash, changedAt: at } })),
    async findByEmail(handle, email) {
      const [row] = await nearest(handle, { email });
      return { userId: row?.email === email ? row.userId : null, hash: row?.hash ?? null };
    },
  };
}
