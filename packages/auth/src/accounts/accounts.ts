/** What a person may ask of what is kept about them: a copy, and an end (GDPR, articles 15, 17 and 20). */
import type { Clock, FactEmitter, Page, PageRequest } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import type { ApiKey } from "../api-keys/api-key.ts";
import type { ApiKeys } from "../api-keys/api-keys.ts";
import type { ApiKeyStore } from "../api-keys/store.ts";
import type { AuditLog } from "../audit/audit.ts";
import { keysChanged, keysRevoked } from "../audit/ended-keys.ts";
import type { AuditEntry } from "../audit/entry.ts";
import type { AuditStore } from "../audit/store.ts";
import type { Background } from "../background/background.ts";
import { authErrors } from "../errors.ts";
import type { AuthFacts } from "../facts.ts";
import type { NamedIdentity } from "../oauth/store.ts";
import type { Departures } from "../organizations/departures.ts";
import type { Invitations } from "../organizations/invitations.ts";
import type { Membership, ReceivedInvitation } from "../organizations/organization.ts";
import type { Organizations } from "../organizations/organizations.ts";
import type { Origin } from "../origins/origin.ts";
import type { Passwords } from "../passwords/passwords.ts";
import type { Revocations } from "../revocations/revocations.ts";
import type { Session } from "../sessions/session.ts";
import type { Sessions } from "../sessions/sessions.ts";
import type { UserStore } from "../users/store.ts";
import type { User } from "../users/user.ts";
import type { AccountStore } from "./store.ts";

/** All that auth knows of a person, without what would let someone in. */
export interface AccountExport {
  readonly exportedAt: Date;
  readonly user: User;
  /** null for who has no password. */
  readonly passwordChangedAt: Date | null;
  readonly sessions: readonly Session[];
  readonly apiKeys: readonly ApiKey[];
  /** The providers that the user may sign in with, and by which name each knows them. */
  readonly identities: readonly NamedIdentity[];
  readonly organizations: readonly Membership[];
  /** What they are invited to; none as long as their address is not verified. */
  readonly invitations: readonly ReceivedInvitation[];
  readonly audit: readonly AuditEntry[];
}

/** Whose account, and where the request came from. */
export interface AccountRequest {
  readonly userId: string;
  readonly origin?: Origin | undefined;
}

export interface Accounts {
  /** @throws `user_not_found` */
  export(request: AccountRequest): Promise<AccountExport>;
  /**
   * Erases a user: name and address, password, sessions, codes and keys, and where the audit log saw them. At once here,
   * within a second in other instances. The id stays as a tombstone, so that totals which name it still add up, and the
   * address is free. Says `user.erased` in the same transaction. SQLite's log, which keeps what was deleted for a while, is
   * emptied soon after.
   *
   * An organization that they are alone in goes with them; one with other members goes on without them and the keys that
   * they made there.
   * @throws `user_not_found`; `last_owner` (fields.organizationId) when other members would be left without an owner
   */
  erase(request: AccountRequest, tx?: Tx): Promise<void>;
}

export interface AccountsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly store: AccountStore;
  readonly users: UserStore;
  readonly sessions: Pick<Sessions, "list" | "endAll">;
  readonly apiKeys: Pick<ApiKeys, "list">;
  readonly apiKeyStore: Pick<ApiKeyStore, "removeOfSubject">;
  readonly passwords: Pick<Passwords, "changedAt">;
  readonly organizations: Pick<Organizations, "listOf">;
  readonly invitations: Pick<Invitations, "listFor">;
  readonly departures: Pick<Departures, "erase">;
  readonly audit: AuditLog;
  readonly auditStore: AuditStore;
  readonly revocations: Revocations;
  readonly background: Background;
  readonly facts?: FactEmitter<AuthFacts, Tx> | undefined;
}

export function createAccounts(options: AccountsOptions): Accounts {
  const { database, clock, store, users, sessions, apiKeys, apiKeyStore, passwords } = options;
  const { organizations, invitations, departures, audit, auditStore, revocations, background, facts } = options;
  // SQLite's log keeps the old pages of what is deleted. Who reads there holds it up, so it is tried again.
  const forgetLog = background.task("auth.forget-log", async () => database.emptyLog?.());

  return {
    async export({ userId, origin }) {
      const user = await users.find(database, userId);
      if (!user) throw authErrors.user_not_found();
      await database.transaction((tx) =>
        audit.record(tx, { action: "user.exported", userId, actorId: userId, origin }),
      );
      return {
        exportedAt: clock.now(),
        user,
        passwordChangedAt: await passwords.changedAt(database, userId),
        sessions: await everyPage((page) => sessions.list(userId, page)),
        apiKeys: await everyPage((page) => apiKeys.list(userId, page)),
        identities: await store.identitiesOf(database, userId),
        organizations: await everyPage((page) => organizations.listOf(userId, page)),
        invitations: await everyPage((page) => invitations.listFor(userId, page)),
        audit: await everyPage((page) => audit.list(userId, page)),
      };
    },

    erase: ({ userId }, tx) =>
      database.transaction(async (tx) => {
        const at = clock.now();
        const email = await store.bury(tx, userId, at);
        if (email === null) throw authErrors.user_not_found();
        const left = await departures.erase(tx, { userId, email });
        await facts?.emit(tx, "user.erased", { userId, at });
        // Ended before they are removed, so that their access tokens are refused from now on.
        await sessions.endAll({ userId }, tx);
        await store.removeBelongings(tx, userId);
        const keys = await apiKeyStore.removeOfSubject(tx, userId);
        const happened = { userId, actorId: userId };
        await audit.record(tx, ...keysRevoked(keys.ended, happened), { ...happened, action: "user.erased" });
        await auditStore.forgetOrigins(tx, userId);
        if (database.emptyLog) await forgetLog({}, tx);
        await revocations.add(tx, [{ kind: "user", id: userId }, ...keysChanged(keys.all), ...left]);
      }, tx),
  };
}

async function everyPage<Item>(list: (page: PageRequest) => Promise<Page<Item>>): Promise<Item[]> {
  const items: Item[] = [];
  let after: string | undefined;
  do {
    const page = await list({ limit: 100, after });
    items.push(...page.data);
    after = page.next ?? undefined;
  } while (after !== undefined);
  return items;
}
