import { type Database, type Handle, prepared, type Tx } from "@revops/database";
import { eq, sql } from "drizzle-orm";
import { authTables } from "../schema.ts";

export interface PasswordStore {
  insert(tx: Tx, userId: string, hash: string, at: Date): Promise<void>;
  /** The hash of the user with this e-mail address, in the PHC string format. */
  findByEmail(handle: Handle, email: string): Promise<{ userId: string; hash: string } | null>;
}

export function createPasswordStore({ dialect }: Database): PasswordStore {
  const { passwords, users } = authTables(dialect);
  const byEmail = prepared("auth_password_by_email", (db) =>
    db
      .select({ userId: passwords.userId, hash: passwords.hash })
      .from(users)
      .innerJoin(passwords, eq(passwords.userId, users.id))
      .where(eq(users.email, sql.placeholder("email"))),
  );
  return {
    insert: async (tx, userId, hash, at) =>
      void (await tx.db.insert(passwords).values({ userId, hash, changedAt: at })),
    findByEmail: async (handle, email) => (await byEmail(handle, { email }))[0] ?? null,
  };
}
