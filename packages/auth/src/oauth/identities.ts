/** The providers that open an account: listed, and taken away. */
import type { Database } from "@revops/database";
import type { AuditLog } from "../audit/audit.ts";
import { authErrors } from "../errors.ts";
import type { Origin } from "../origins/origin.ts";
import type { Passwords } from "../passwords/passwords.ts";
import type { UserStore } from "../users/store.ts";
import type { LinkedIdentity, OAuthStore } from "./store.ts";

export interface Identities {
  /** The providers that a user may sign in with, the first linked first. */
  list(userId: string): Promise<readonly LinkedIdentity[]>;
  /**
   * Takes a provider away from a user. Sessions that were begun with it go on.
   * @throws `identity_not_found`; `last_sign_in_method` when there is neither a password nor another provider
   */
  unlink(identity: {
    readonly userId: string;
    readonly provider: string;
    readonly origin?: Origin | undefined;
  }): Promise<void>;
}

export function createIdentities(options: {
  readonly database: Database;
  readonly store: OAuthStore;
  readonly users: UserStore;
  readonly passwords: Pick<Passwords, "has">;
  readonly audit: AuditLog;
}): Identities {
  const { database, store, users, passwords, audit } = options;
  return {
    list: (userId) => store.listOf(database, userId),

    unlink: ({ userId, provider, origin }) =>
      database.transaction(async (tx) => {
        // Of two that take away the last two at once, one sees the other.
        if (!(await users.lock(tx, userId))) throw authErrors.identity_not_found();
        if (!(await store.unlink(tx, userId, provider))) throw authErrors.identity_not_found();
        const others = (await store.listOf(tx, userId)).length > 0 || (await passwords.has(tx, userId));
        if (!others) throw authErrors.last_sign_in_method();
        await audit.record(tx, { action: "identity.unlinked", userId, actorId: userId, target: provider, origin });
      }),
  };
}
