/** Whose account an identity opens: the one it is linked to, one that it may be linked to, or a new one. */
import { type Clock, createId, type FactEmitter } from "@revops/core";
import type { Tx } from "@revops/database";
import type { AuditLog } from "../audit/audit.ts";
import { authErrors } from "../errors.ts";
import type { AuthFacts } from "../facts.ts";
import type { Origin } from "../origins/origin.ts";
import { readEmail } from "../users/email.ts";
import type { UserStore } from "../users/store.ts";
import type { User } from "../users/user.ts";
import type { ProviderIdentity } from "./providers/provider.ts";
import type { OAuthStore } from "./store.ts";

export interface OwnersOptions {
  readonly clock: Clock;
  readonly store: OAuthStore;
  readonly users: UserStore;
  readonly audit: AuditLog;
  readonly facts?: FactEmitter<AuthFacts, Tx> | undefined;
}

/**
 * An account is linked only when both sides proved the address. Were the provider's word enough, someone could register
 * an address that is not theirs, wait for its owner to come with a provider, and share the account; were ours enough, a
 * provider that lets people claim any address would open every account.
 */
export function createOwners({ clock, store, users, audit, facts }: OwnersOptions) {
  async function register(tx: Tx, email: string, name: string | null, origin?: Origin): Promise<User | null> {
    const at = clock.now();
    const id = createId("usr", at);
    const user = await users.insert(tx, { id, email, emailVerified: true, name, role: "user", createdAt: at });
    if (!user) return null;
    await audit.record(tx, { action: "user.registered", userId: id, actorId: id, origin });
    await facts?.emit(tx, "user.registered", { userId: id, email, name, at });
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

  /** @throws `provider_email_unverified`, `account_not_linkable` */
  return async function ownerOf(tx: Tx, provider: string, identity: ProviderIdentity, origin?: Origin): Promise<User> {
    const owner = await store.findOwner(tx, provider, identity.subject);
    const known = owner && (await users.find(tx, owner.userId));
    if (known) return known;
    const email = readEmail(identity.verifiedEmail ?? "");
    if (email === null) throw authErrors.provider_email_unverified();
    const user = (await register(tx, email, shownName(identity.name), origin)) ?? (await linkable(tx, email));
    const linked = await store.link(tx, {
      provider,
      subject: identity.subject,
      userId: user.id,
      linkedAt: clock.now(),
    });
    // Another sign-in of the same identity was first, with another address; this one is tried again by its owner.
    if (!linked) {
      const first = await store.findOwner(tx, provider, identity.subject);
      if (first?.userId !== user.id) throw authErrors.account_not_linkable();
      return user;
    }
    await audit.record(tx, { action: "identity.linked", userId: user.id, actorId: user.id, target: provider, origin });
    return user;
  };
}

/** What a provider calls someone must not keep them out. */
function shownName(name: string | null): string | null {
  const text = (name ?? "").replaceAll("\u0000", "").toWellFormed().trim();
  return text === "" ? null : [...text].slice(0, 50).join("");
}
