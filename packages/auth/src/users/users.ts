/** The people who sign up. What they pay for is none of auth's business: the tier lives elsewhere. */
import { type Clock, createId, type FactEmitter } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import type { AuditLog } from "../audit/audit.ts";
import type { Codes } from "../codes/codes.ts";
import { authErrors } from "../errors.ts";
import type { AuthFacts } from "../facts.ts";
import type { Invitations } from "../organizations/invitations.ts";
import type { Origin } from "../origins/origin.ts";
import type { AttemptCounter } from "../passwords/attempts.ts";
import type { Passwords } from "../passwords/passwords.ts";
import type { Revocations } from "../revocations/revocations.ts";
import { normalizeEmail } from "./email.ts";
import { normalizeName } from "./name.ts";
import type { UserStore } from "./store.ts";
import type { Role, User } from "./user.ts";

export interface NewUser {
  readonly email: string;
  readonly password: string;
  readonly name?: string | null | undefined;
  /** Of the letter that invited them into an organization: they are a member from the start. */
  readonly invitationCode?: string | undefined;
  readonly origin?: Origin | undefined;
}

export interface Users {
  /**
   * Makes a user and says `user.registered` in the same transaction. A letter with a code to verify the address
   * follows the commit, if letters can be sent. With the code of an invitation the user is made a member of the
   * organization too, or not made at all; if it was sent to the same address, that is verified by it.
   *
   * The password is hashed first, which takes tens of milliseconds. Without `tx` that happens before the transaction
   * begins; with one it happens inside yours, which on SQLite holds the write lock.
   *
   * That an address is somebody's is told to a network a hundred times, then pauses of up to a minute follow.
   *
   * @throws `user_already_exists`, `invalid_email`, `invalid_name`, `weak_password` (fields.reason), `invalid_code`,
   *   `too_many_attempts` (fields.retryAfter, seconds)
   */
  register(user: NewUser, tx?: Tx): Promise<User>;
  /** @throws `user_not_found` */
  get(userId: string, tx?: Tx): Promise<User>;
  /** By e-mail address, in any spelling; null if there is none. */
  findByEmail(email: string, tx?: Tx): Promise<User | null>;
  /** Changes what is named. @throws `user_not_found`, `invalid_name` */
  update(userId: string, changes: { readonly name?: string | null | undefined }, tx?: Tx): Promise<User>;
  /**
   * Takes effect at once here, within a second in other instances.
   * @param by who gives the role, for the audit log; the program itself unless said otherwise
   * @throws `user_not_found`
   */
  setRole(
    userId: string,
    role: Role,
    tx?: Tx,
    by?: { readonly actorId?: string | undefined; readonly origin?: Origin | undefined },
  ): Promise<User>;
}

export interface UsersOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly store: UserStore;
  readonly passwords: Passwords;
  readonly attempts: Pick<AttemptCounter, "assertMayAsk" | "countAsked">;
  readonly codes: Pick<Codes, "send">;
  readonly invitations: Pick<Invitations, "accept">;
  readonly revocations: Revocations;
  readonly audit: AuditLog;
  readonly facts?: FactEmitter<AuthFacts, Tx> | undefined;
}

export function createUsers(options: UsersOptions): Users {
  const { database, clock, store, passwords, attempts, codes, invitations, revocations, audit, facts } = options;

  /** Makes a new user a member, if they were invited; answers what is known of them after that. */
  async function join(tx: Tx, user: User, { invitationCode: code, origin }: NewUser): Promise<User> {
    if (code === undefined) return user;
    await invitations.accept({ userId: user.id, code, origin }, tx);
    return orNotFound(await store.find(tx, user.id));
  }

  return {
    async register(input, tx) {
      const email = normalizeEmail(input.email);
      const name = normalizeName(input.name);
      const { origin = {} } = input;
      if (!tx) await attempts.assertMayAsk(origin);
      const hash = await passwords.hashNew(input.password, { email });
      const registered = await database.transaction(async (tx) => {
        const now = clock.now();
        const user = await store.insert(tx, {
          id: createId("usr", now),
          email,
          emailVerified: false,
          name,
          role: "user",
          createdAt: now,
        });
        if (!user) return null;
        await passwords.set(tx, user.id, hash);
        const happened = { userId: user.id, actorId: user.id, origin: input.origin };
        await audit.record(tx, { action: "user.registered", ...happened });
        await facts?.emit(tx, "user.registered", { userId: user.id, email, name, at: now });
        const joined = await join(tx, user, input);
        if (!joined.emailVerified) await codes.send(tx, "email_verification", { userId: user.id, email });
        return joined;
      }, tx);
      if (registered) return registered;
      // A transaction of the caller's own would be waited for, and is no stranger's.
      if (!tx) await attempts.countAsked(origin);
      throw authErrors.user_already_exists();
    },

    async get(userId, tx) {
      return orNotFound(await store.find(tx ?? database, userId));
    },

    async findByEmail(email, tx) {
      return store.findByEmail(tx ?? database, normalizeEmail(email));
    },

    async update(userId, changes, tx) {
      if (changes.name === undefined) return orNotFound(await store.find(tx ?? database, userId));
      const name = normalizeName(changes.name);
      return database.transaction(async (tx) => orNotFound(await store.update(tx, userId, { name })), tx);
    },

    setRole: (userId, role, tx, { actorId = null, origin } = {}) =>
      database.transaction(async (tx) => {
        const before = orNotFound(await store.lock(tx, userId));
        const user = orNotFound(await store.update(tx, userId, { role }));
        const told = { target: role, role: { from: before.role, to: role } };
        await audit.record(tx, { action: "user.role_changed", userId, actorId, ...told, origin });
        await revocations.add(tx, [{ kind: "user", id: userId }]);
        return user;
      }, tx),
  };
}

function orNotFound(user: User | null): User {
  if (!user) throw authErrors.user_not_found();
  return user;
}
