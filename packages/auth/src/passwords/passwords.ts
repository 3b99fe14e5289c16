/** Passwords: what one may be, how it is kept, whether it is the right one. */
import type { Clock } from "@revops/core";
import type { Database, Handle, Tx } from "@revops/database";
import type { Refusals } from "../audit/refusals.ts";
import { authErrors } from "../errors.ts";
import type { Origin } from "../origins/origin.ts";
import type { Argon2 } from "./argon2.ts";
import { type AttemptCounter, tooManyAttempts } from "./attempts.ts";
import { createBlocklist } from "./blocklist.ts";
import { checkNewPassword, normalizePassword } from "./policy.ts";
import { createPasswordStore } from "./store.ts";

/** That someone knew a user's password, a moment ago. */
interface PasswordProof {
  readonly userId: string;
  /** The hash that it was checked against. */
  readonly hash: string;
  /** The same, or a new one of the same password when the work that one takes has grown. */
  readonly next: string;
}

export interface Passwords {
  /** Checks a new password and hashes it. @throws `weak_password` */
  hashNew(password: string, user: { readonly email: string }): Promise<string>;
  /** Whether a user has one at all: who signs in with a provider may not. */
  has(handle: Handle, userId: string): Promise<boolean>;
  /** When it was changed last; null for who has none. */
  changedAt(handle: Handle, userId: string): Promise<Date | null>;
  /** Whether it is still the one that was set at that time; it then is until the transaction ends. */
  isOf(tx: Tx, userId: string, changedAt: Date): Promise<boolean>;
  /** Sets a hash of {@link Passwords.hashNew}. */
  set(tx: Tx, userId: string, hash: string): Promise<void>;
  /** Replaces a proven password; false when another change was first. */
  replace(tx: Tx, proof: PasswordProof, hash: string): Promise<boolean>;
  /**
   * Checks an e-mail address and password. An unknown address (or null, what is no address at all) costs the same work,
   * the same statements and the same limits as a known one, so that neither time nor answer tells who is a customer. A
   * failure is told to the account's audit log as `failure`.
   * @throws `invalid_credentials`, `too_many_attempts`
   */
  prove(
    email: string | null,
    password: string,
    failure: "login.failed" | "reauthentication.failed",
    origin?: Origin,
  ): Promise<PasswordProof>;
  /** Whether what was proven still holds. It then does until the transaction ends: a change has to wait for it. */
  confirm(tx: Tx, proof: PasswordProof): Promise<boolean>;
}

export interface PasswordsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly attempts: AttemptCounter;
  readonly refusals: Pick<Refusals, "note">;
  readonly argon2: Argon2;
}

export function createPasswords(options: PasswordsOptions): Passwords {
  const { database, clock, attempts, refusals, argon2 } = options;
  const store = createPasswordStore(database);
  const isCommon = createBlocklist();
  return {
    async hashNew(password, { email }) {
      return argon2.hash(await checkNewPassword(password, email, isCommon));
    },

    has: store.has,
    changedAt: store.changedAt,
    isOf: store.isOf,
    set: (tx, userId, hash) => store.set(tx, userId, hash, clock.now()),
    replace: (tx, { userId, hash }, next) => store.replace(tx, { userId, hash, next }, clock.now()),

    async prove(email, password, failure, origin = {}) {
      const normalized = normalizePassword(password);
      // Nobody's password can be this, whatever the address: to answer at once tells nothing.
      if (normalized === null) throw authErrors.invalid_credentials();
      const attempt = await attempts.begin(email, origin);
      if (attempt.networkBlockedUntil) throw tooManyAttempts(attempt.networkBlockedUntil, clock.now());
      const { userId, hash } = await store.findByEmail(database, email ?? "");
      // First, whoever's it is: what is known of the user must not decide whether this is done.
      const matches = await argon2.verify(hash, normalized);
      const right = matches && userId !== null;
      // A pause answers in the time of a wrong password, so that time tells nothing of who is being attacked. While the
      // account pauses a right password is not told from a wrong one, were they sent all at once.
      const paused = attempt.accountBlockedUntil !== null;
      const failed = !right || paused;
      const blockedUntil = failed ? await attempt.fail() : await attempt.succeed();
      if (userId !== null && failed) refusals.note({ action: failure, userId, actorId: null, origin });
      if (blockedUntil) throw tooManyAttempts(blockedUntil, clock.now());
      if (!right || hash === null) throw authErrors.invalid_credentials();
      return { userId, hash, next: argon2.isOutdated(hash) ? await argon2.hash(normalized) : hash };
    },

    confirm: store.confirm,
  };
}
