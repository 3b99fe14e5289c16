import { type Database, type Handle, prepared, type Tx } from "@revops/database";
import { and, eq, sql } from "drizzle-orm";
import { authTables } from "../schema.ts";
import { storableId } from "../storable-id.ts";
import type { User } from "./user.ts";

export interface UserStore {
  /** null when the e-mail is taken. */
  insert(tx: Tx, user: User): Promise<User | null>;
  find(handle: Handle, id: string): Promise<User | null>;
  /** Keeps the user from being changed or erased until the transaction ends; null when there is no such user. */
  lock(tx: Tx, id: string): Promise<User | null>;
  /** Whether there was such a user, who was erased. */
  isErased(handle: Handle, id: string): Promise<boolean>;
  findByEmail(handle: Handle, email: string): Promise<User | null>;
  /** null when there is no such user. */
  update(tx: Tx, id: string, changes: Partial<Pick<User, "name" | "role">>): Promise<User | null>;
  /** Notes that the user reads this address; false when it is not theirs (any more). */
  verifyEmail(tx: Tx, id: string, email: string): Promise<boolean>;
  /** Gives the user an address that they have proven to read. Throws the database's error when it is taken. */
  changeEmail(tx: Tx, id: string, email: string): Promise<User | null>;
}

export function createUserStore({ dialect }: Database): UserStore {
  const { users, erasedUsers } = authTables(dialect);
  const byId = prepared("auth_user_by_id", (db) =>
    db
      .select()
      .from(users)
      .where(eq(users.id, sql.placeholder("id"))),
  );
  const byEmail = prepared("auth_user_by_email", (db) =>
    db
      .select()
      .from(users)
      .where(eq(users.email, sql.placeholder("email"))),
  );
  return {
    insert: async (tx, user) => (await tx.db.insert(users).values(user).onConflictDoNothing().returning())[0] ?? null,
    find: async (handle, id) => (await byId(handle, { id: storableId(id) }))[0] ?? null,
    lock: async (tx, given) => {
      const id = storableId(given);
      return (await tx.db.update(users).set({ id }).where(eq(users.id, id)).returning())[0] ?? null;
    },
    isErased: async (handle, id) =>
      (
        await handle.db
          .select({ id: erasedUsers.id })
          .from(erasedUsers)
          .where(eq(erasedUsers.id, storableId(id)))
      ).length > 0,
    findByEmail: async (handle, email) => (await byEmail(handle, { email }))[0] ?? null,
    verifyEmail: async (tx, id, email) =>
      (
        await tx.db
          .update(users)
          .set({ emailVerified: true })
          .where(and(eq(users.id, id), eq(users.email, email)))
          .returning({ id: users.id })
      ).length > 0,
    changeEmail: async (tx, id, email) =>
      (await tx.db.update(users).set({ email, emailVerified: true }).where(eq(users.id, id)).returning())[0] ?? null,
    update: async (tx, id, changes) =>
      (
        await tx.db
          .update(users)
          .set(changes)
          .where(eq(users.id, storableId(id)))
          .returning()
      )[0] ?? null,
  };
}
