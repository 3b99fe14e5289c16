import type { Database, Handle, Tx } from "@revops/database";
import { and, eq, gt, lte } from "drizzle-orm";
import { authTables } from "../schema.ts";

export type CodePurpose = "email_verification" | "password_reset" | "email_change";

export interface CodeHolder {
  readonly userId: string;
  /** The address that it was sent to. */
  readonly email: string;
}

export interface CodeStore {
  insert(tx: Tx, code: CodeHolder & { hash: string; purpose: CodePurpose; expiresAt: Date }): Promise<void>;
  find(handle: Handle, hash: string, purpose: CodePurpose, at: Date): Promise<CodeHolder | null>;
  /** Whose code of that purpose it is, whenever it ended. */
  findEnded(handle: Handle, hash: string, purpose: CodePurpose): Promise<CodeHolder | null>;
  /** Takes a code away and answers whose it was; of any number of callers one gets it. */
  take(tx: Tx, hash: string, purpose: CodePurpose, at: Date): Promise<CodeHolder | null>;
  /** Takes a user's codes away, of one purpose or all. */
  removeOf(tx: Tx, userId: string, purpose?: CodePurpose): Promise<void>;
  removeExpired(handle: Handle, at: Date): Promise<void>;
}

export function createCodeStore({ dialect }: Database): CodeStore {
  const { codes } = authTables(dialect);
  const holder = { userId: codes.userId, email: codes.email };
  const valid = (hash: string, purpose: CodePurpose, at: Date) =>
    and(eq(codes.hash, hash), eq(codes.purpose, purpose), gt(codes.expiresAt, at));
  return {
    insert: async (tx, code) => void (await tx.db.insert(codes).values(code)),
    find: async (handle, ...code) =>
      (
        await handle.db
          .select(holder)
          .from(codes)
          .where(valid(...code))
      )[0] ?? null,
    findEnded: async (handle, hash, purpose) =>
      (
        await handle.db
          .select(holder)
          .from(codes)
          .where(and(eq(codes.hash, hash), eq(codes.purpose, purpose)))
      )[0] ?? null,
    take: async (tx, ...code) =>
      (
        await tx.db
          .delete(codes)
          .where(valid(...code))
          .returning(holder)
      )[0] ?? null,
    removeOf: async (tx, userId, purpose) =>
      void (await tx.db
        .delete(codes)
        .where(and(eq(codes.userId, userId), purpose === undefined ? undefined : eq(codes.purpose, purpose)))),
    removeExpired: async (handle, at) => void (await handle.db.delete(codes).where(lte(codes.expiresAt, at))),
  };
}
