/** Changing a password, and setting a new one when the old one is forgotten. */
import type { Clock, FactEmitter } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import type { FirstProof } from "../accounts/first-proof.ts";
import type { AuditLog } from "../audit/audit.ts";
import type { Background } from "../background/background.ts";
import type { Codes } from "../codes/codes.ts";
import { authErrors } from "../errors.ts";
import type { AuthFacts } from "../facts.ts";
import { letterJobNames } from "../mail/job-names.ts";
import type { Origin } from "../origins/origin.ts";
import type { Revocations } from "../revocations/revocations.ts";
import type { Sessions } from "../sessions/sessions.ts";
import { readEmail } from "../users/email.ts";
import type { UserStore } from "../users/store.ts";
import type { AttemptCounter } from "./attempts.ts";
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
   * Changes a password of which the old one is known, and ends the user's other sessions (OWASP ASVS 5.0, 7.4.3), as well
   * as a change of address that is under way. The
   * old one is guessed under the limits of a log-in. It takes no transaction of yours: failures stay counted.
   * @throws `invalid_credentials`, `too_many_attempts` (fields.retryAfter, seconds), `weak_password`, `user_not_found`
   */
  change(change: PasswordChange): Promise<void>;
  /**
   * Sends a code to an address, if someone has it. It comes back before the address is looked up, so that neither answer
   * nor time tells whether someone does; with `jobs`, not before the request is durable.
   */
  forgot(request: { readonly email: string }): Promise<void>;
  /**
   * Sets a new password with a code of {@link PasswordChanges.forgot}; ends all of the user's sessions, a change of address
   * that is under way, and any pause after failed log-ins. A password that cannot be used leaves the code good. When nobody
   * had proven to read the address before, keys and providers of the account end too: who registered it may have been another.
   * @throws `invalid_code`, `weak_password`
   */
  reset(reset: {
    readonly code: string;
    readonly newPassword: string;
    readonly origin?: Origin | undefined;
  }): Promise<void>;
}

export interface PasswordChangesOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly users: UserStore;
  readonly passwords: Passwords;
  readonly attempts: AttemptCounter;
  readonly sessions: Pick<Sessions, "endAll">;
  readonly codes: Codes;
  readonly firstProof: FirstProof;
  readonly revocations: Pick<Revocations, "add">;
  readonly audit: AuditLog;
  readonly background: Background;
  readonly facts?: FactEmitter<AuthFacts, Tx> | undefined;
}

export function createPasswordChanges(options: PasswordChangesOptions): PasswordChanges {
  const { database, clock, users, passwords, attempts, sessions, codes, audit, background, facts } = options;
  const { firstProof, revocations } = options;
  const lookUp = background.task<{ readonly email: string }>(letterJobNames[1], async ({ email }, complete) => {
    const user = await users.findByEmail(database, email);
    await database.transaction(async (tx) => {
      await complete(tx);
      if (user) await codes.send(tx, "password_reset", { userId: user.id, email });
    });
  });

  async function changed(
    tx: Tx,
    user: { id: string; email: string },
    keepSessionId: string | undefined,
    origin: Origin | undefined,
  ): Promise<void> {
    await codes.revoke(tx, user.id, "password_reset");
    // An address that was asked for with the old password would be a way back in for who knew that.
    await codes.revoke(tx, user.id, "email_change");
    await codes.notify(tx, { kind: "password_changed", to: user.email });
    await sessions.endAll({ userId: user.id, exceptSessionId: keepSessionId, origin }, tx);
  }

  return {
    async change({ userId, currentPassword, newPassword, keepSessionId, origin }) {
      const user = await users.find(database, userId);
      if (!user) throw authErrors.user_not_found();
      const proof = await passwords.prove(user.email, currentPassword, "reauthentication.failed", origin);
      const hash = await passwords.hashNew(newPassword, user);
      await database.transaction(async (tx) => {
        if (!(await passwords.replace(tx, proof, hash))) throw authErrors.invalid_credentials();
        await audit.record(tx, { action: "password.changed", userId, actorId: userId, origin });
        await changed(tx, user, keepSessionId, origin);
      });
    },

    async forgot({ email: given }) {
      const email = readEmail(given);
      if (email !== null && codes.enabled) await lookUp({ email });
    },

    async reset({ code, newPassword, origin }) {
      const { userId, email } = await codes.read("password_reset", code, origin);
      const hash = await passwords.hashNew(newPassword, { email });
      await database.transaction(async (tx) => {
        // The user before the code, as whoever changes either does.
        const before = await users.lock(tx, userId);
        // Whoever has the code reads what is sent there.
        if (!before || !(await users.verifyEmail(tx, userId, email))) throw authErrors.invalid_code();
        await codes.use(tx, "password_reset", code, origin);
        await passwords.set(tx, userId, hash);
        await attempts.forgive(tx, email);
        await audit.record(tx, { action: "password.reset", userId, actorId: null, origin });
        await facts?.emit(tx, "email.verified", { userId, email, at: clock.now() });
        const ended = before.emailVerified ? [] : await firstProof.evict(tx, { userId, origin });
        await changed(tx, { id: userId, email }, undefined, origin);
        if (ended.length > 0) await revocations.add(tx, ended);
      });
    },
  };
}
