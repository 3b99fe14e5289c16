/** Proving that an address is read by its user, and changing it. */
import type { Clock, FactEmitter } from "@revops/core";
import { constraintViolation, type Database, type Tx } from "@revops/database";
import type { AuditLog } from "../audit/audit.ts";
import type { Codes } from "../codes/codes.ts";
import { authErrors } from "../errors.ts";
import type { AuthFacts } from "../facts.ts";
import type { Origin } from "../origins/origin.ts";
import type { Passwords } from "../passwords/passwords.ts";
import type { Revocations } from "../revocations/revocations.ts";
import { normalizeEmail } from "../users/email.ts";
import type { UserStore } from "../users/store.ts";
import type { User } from "../users/user.ts";

export interface Emails {
  /** Sends a user a code to verify the address with, unless that was done. @throws `user_not_found` */
  requestVerification(userId: string): Promise<void>;
  /** @throws `invalid_code`, also when the user has another address by now */
  verify(proof: { readonly code: string; readonly origin?: Origin | undefined }): Promise<void>;
  /**
   * Sends a code to the new address, if the password is right. Whether somebody has that address is told only to who
   * can read what is sent there, by {@link Emails.confirmChange}. With another password the code is worth nothing.
   * @throws `invalid_credentials`, `too_many_attempts`, `invalid_email`, `user_not_found`
   */
  requestChange(change: {
    readonly userId: string;
    readonly email: string;
    readonly password: string;
    readonly origin?: Origin | undefined;
  }): Promise<void>;
  /**
   * Changes the address and tells the old one. Codes that were sent to the old one are worth nothing from then on.
   * @throws `invalid_code`, `user_already_exists`
   */
  confirmChange(proof: { readonly code: string; readonly origin?: Origin | undefined }): Promise<User>;
}

export interface EmailsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly users: UserStore;
  readonly passwords: Passwords;
  readonly codes: Codes;
  readonly revocations: Revocations;
  readonly audit: AuditLog;
  readonly facts?: FactEmitter<AuthFacts, Tx> | undefined;
}

export function createEmails(options: EmailsOptions): Emails {
  const { database, clock, users, passwords, codes, revocations, audit, facts } = options;

  async function userOf(userId: string): Promise<User> {
    const user = await users.find(database, userId);
    if (!user) throw authErrors.user_not_found();
    return user;
  }

  return {
    async requestVerification(userId) {
      const { email, emailVerified } = await userOf(userId);
      if (emailVerified) return;
      await database.transaction((tx) => codes.send(tx, "email_verification", { userId, email }));
    },

    async verify({ code, origin }) {
      const { userId, email } = await codes.read("email_verification", code, origin);
      await database.transaction(async (tx) => {
        // The user before the code, as whoever changes either does: neither then waits for the other.
        if (!(await users.verifyEmail(tx, userId, email))) throw authErrors.invalid_code();
        await codes.use(tx, "email_verification", code, origin);
        await codes.revoke(tx, userId, "email_verification");
        await audit.record(tx, { action: "email.verified", userId, actorId: null, origin });
        await facts?.emit(tx, "email.verified", { userId, email, at: clock.now() });
      });
    },

    async requestChange({ userId, email: given, password, origin }) {
      const email = normalizeEmail(given);
      const proof = await passwords.prove((await userOf(userId)).email, password, "reauthentication.failed", origin);
      await database.transaction(async (tx) => {
        // A password that was changed meanwhile changes no address.
        const passwordOf = (await passwords.confirm(tx, proof)) ? await passwords.changedAt(tx, userId) : null;
        if (passwordOf === null) throw authErrors.invalid_credentials();
        await codes.send(tx, "email_change", { userId, email, passwordOf });
      });
    },

    async confirmChange({ code, origin }) {
      const { userId, email } = await codes.read("email_change", code, origin);
      try {
        return await database.transaction(async (tx) => {
          const before = await users.lock(tx, userId);
          await codes.use(tx, "email_change", code, origin);
          const user = before && (await users.changeEmail(tx, userId, email));
          if (!user) throw authErrors.invalid_code();
          await codes.revoke(tx, userId);
          await audit.record(tx, { action: "email.changed", userId, actorId: null, origin });
          await codes.notify(tx, { kind: "email_changed", to: before.email });
          await facts?.emit(tx, "email.verified", { userId, email, at: clock.now() });
          await revocations.add(tx, [{ kind: "user", id: userId }]);
          return user;
        });
      } catch (error) {
        if (constraintViolation(error)?.kind === "unique") throw authErrors.user_already_exists({ cause: error });
        throw error;
      }
    },
  };
}
