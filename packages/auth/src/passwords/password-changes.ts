/** Changing a password. */
import type { Database } from "@revops/database";
import { authErrors } from "../errors.ts";
import type { Origin } from "../origins/origin.ts";
import type { Sessions } from "../sessions/sessions.ts";
import type { UserStore } from "../users/store.ts";
import type { Passwords } from "./passwords.ts";

export interface PasswordChange {
  readonly userId: string;
  readonly currentPassword: string;
  readonly newPassword: string;
  /** The session that asks goes on; every other one of the user ends. */
  readonly keepSessionId?: string | undefined;
  readonly origin?: Origin | undefined;
}

export interface PasswordChanges {
  /**
   * Changes a password of which the old one is known, and ends the user's other sessions (OWASP ASVS 5.0, 7.4.3). The
   * old one is guessed under the limits of a log-in. It takes no transaction of yours: failures stay counted.
   * @throws `invalid_credentials`, `too_many_attempts` (fields.retryAfter, seconds), `weak_password`, `user_not_found`
   */
  change(change: PasswordChange): Promise<void>;
}

export interface PasswordChangesOptions {
  readonly database: Database;
  readonly users: UserStore;
  readonly passwords: Passwords;
  readonly sessions: Pick<Sessions, "endAll">;
}

export function createPasswordChanges(options: PasswordChangesOptions): PasswordChanges {
  const { database, users, passwords, sessions } = options;
  return {
    async change({ userId, currentPassword, newPassword, keepSessionId, origin }) {
      const user = await users.find(database, userId);
      if (!user) throw authErrors.user_not_found();
      const proof = await passwords.prove(user.email, currentPassword, origin);
      const hash = await passwords.hashNew(newPassword, user);
      await database.transaction(async (tx) => {
        if (!(await passwords.replace(tx, proof, hash))) throw authErrors.invalid_credentials();
        await sessions.endAll({ userId, exceptSessionId: keepSessionId }, tx);
      });
    },
  };
}
