/** Whose account an identity opens: the one it is linked to, one that it may be linked to, or a new one. */
import { type Clock, createId, type FactEmitter } from "@revops/core";
import type { Tx } from "@revops/database";
import type { AuditLog } from "../audit/audit.ts";
import type { Codes } from "../codes/codes.ts";
import { authErrors } from "../errors.ts";
import type { AuthFacts } from "../facts.ts";
import type { Origin } from "../origins/origin.ts";
import type { SessionStore } from "../sessions/store.ts";
import { readEmail } from "../users/email.ts";
import type { UserStore } from "../users/store.ts";
import type { User } from "../users/user.ts";
import type { ProviderIdentity } from "./providers/provider.ts";
import type { OAuthStore } from "./store.ts";

export interface OwnersOptions {
  readonly clock: Clock;
  readonly store: OAuthStore;
  readonly users: UserStore;
  readonly sessions: Pick<SessionStore, "findActive">;
  readonly codes: Pick<Codes, "notify">;
  readonly audit: AuditLog;
  readonly facts?: FactEmitter<AuthFacts, Tx> | undefined;
}

/**
 * An account is linked only when both sides proved the address. Were the provider's word enough, someone could register
 * an address that is not theirs, wait for its owner to come with a provider, and share the account; were ours enough, a
 * provider that lets people claim any address would open every account.
 */
export function createOwners({ clock, store, users, sessions, codes, audit, facts }: OwnersOptions) {
  async function register(tx: Tx, email: string, name: string | null, origin?: Origin): Promise<User | null> {
    const at = clock.now();
    const id = createId("usr", at);
    const user = await users.insert(tx, { id, email, emailVerified: true, name, role: "user", createdAt: at });
    if (!user) return null;
    await audit.record(tx, { action: "user.registered", userId: id, actorId: id, origin });
    await facts?.emit(tx, "user.registered", { userId: id, email, name, at });
    await facts?.emit(tx, "email.verified", { userId: id, email, at });
    return user;
  }

  async function linkable(tx: Tx, email: string): Promise<User> {
    const user = await users.findByEmail(tx, email);
    // `verifyEmail` changes nothing here: it keeps the address from being given up until this transaction ends.
    if (!user?.emailVerified || !(await users.verifyEmail(tx, user.id, email))) {
      throw authErrors.account_not_linkable();
    }
    return user;
  }

  async function link(tx: Tx, user: User, provider: string, subject: string, origin?: Origin): Promise<boolean> {
    const { id: userId, email: to } = user;
    const linked = await store.link(tx, { provider, subject, userId, linkedAt: clock.now() });
    if (!linked) return (await store.findOwner(tx, provider, subject))?.userId === userId;
    await audit.record(tx, { action: "identity.linked", userId, actorId: userId, target: provider, origin });
    await codes.notify(tx, { kind: "identity_linked", to, provider });
    return true;
  }

  /** @throws `provider_email_unverified`, `account_not_linkable` */
  async function ownerOf(tx: Tx, provider: string, identity: ProviderIdentity, origin?: Origin): Promise<User> {
    const owner = await store.findOwner(tx, provider, identity.subject);
    const known = owner && (await users.find(tx, owner.userId));
    if (known) return known;
    const email = readEmail(identity.verifiedEmail ?? "");
    if (email === null) throw authErrors.provider_email_unverified();
    const user = (await register(tx, email, shownName(identity.name), origin)) ?? (await linkable(tx, email));
    // Another sign-in of the same identity was first, with another address; this one is tried again by its owner.
    if (!(await link(tx, user, provider, identity.subject, origin))) throw authErrors.account_not_linkable();
    return user;
  }

  /**
   * Links an identity to the account of a session that asked for it; addresses need not agree.
   * @throws `invalid_oauth_state` when the session has ended meanwhile, `identity_taken`
   */
  async function linkTo(
    tx: Tx,
    account: { readonly userId: string; readonly sessionId: string },
    identity: { readonly provider: string; readonly subject: string },
    origin?: Origin,
  ): Promise<User> {
    const { userId, sessionId } = account;
    const session = await sessions.findActive(tx, { id: sessionId, userId }, clock.now());
    const user = session && (await users.find(tx, userId));
    if (!user) throw authErrors.invalid_oauth_state();
    if (!(await link(tx, user, identity.provider, identity.subject, origin))) throw authErrors.identity_taken();
    return user;
  }

  return { ownerOf, linkTo };
}

/** What a provider calls someone must not keep them out. */
function shownName(name: string | null): string | null {
  const text = (name ?? "").replaceAll("\u0000", "").toWellFormed().trim();
  return text === "" ? null : [...text].slice(0, 50).join("");
}
