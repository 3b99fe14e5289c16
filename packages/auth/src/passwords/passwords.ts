/** Passwords: what one may be, how it is kept, whether it is the right one. */
import type { Clock } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import { createArgon2 } from "./argon2.ts";
import { createBlocklist } from "./blocklist.ts";
import { checkNewPassword, normalizePassword } from "./policy.ts";
import { createPasswordStore } from "./store.ts";

export interface Passwords {
  /** Checks a new password and hashes it. @throws `weak_password` */
  hashNew(password: string, user: { readonly email: string }): Promise<string>;
  /** Keeps a hash of {@link Passwords.hashNew}. */
  store(tx: Tx, userId: string, hash: string): Promise<void>;
  /**
   * The id of the user with this e-mail address and password; null when either is wrong. An unknown address (or null,
   * what is no address at all) costs the same work as a known one, so that time does not tell who is a customer.
   */
  match(email: string | null, password: string): Promise<string | null>;
}

export interface PasswordsOptions {
  readonly database: Database;
  readonly clock: Clock;
  /** How many passwords are hashed at once. */
  readonly concurrency?: number | undefined;
}

export function createPasswords({ database, clock, concurrency }: PasswordsOptions): Passwords {
  const store = createPasswordStore(database);
  const argon2 = createArgon2(concurrency);
  const isCommon = createBlocklist();
  return {
    async hashNew(password, { email }) {
      return argon2.hash(await checkNewPassword(password, email, isCommon));
    },

    store: (tx, userId, hash) => store.insert(tx, userId, hash, clock.now()),

    async match(email, password) {
      const normalized = normalizePassword(password);
      // Nobody's password can be this, whatever the address: to answer at once tells nothing.
      if (normalized === null) return null;
      const kept = await store.findByEmail(database, email ?? "");
      const right = await argon2.verify(kept?.hash ?? null, normalized);
      return right && kept ? kept.userId : null;
    },
  };
}
