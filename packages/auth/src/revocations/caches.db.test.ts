import { silentLogger } from "@revops/core";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { openAuth, register } from "../../test/open-auth.ts";
import { createApiKeys } from "../api-keys/api-keys.ts";
import { createLastUsed } from "../api-keys/last-used.ts";
import { createApiKeyStore } from "../api-keys/store.ts";
import { createAuditLog } from "../audit/audit.ts";
import { createRefusals } from "../audit/refusals.ts";
import { createAuditStore } from "../audit/store.ts";
import { createScopeRules, standardScopes } from "../claims/scopes.ts";
import { createKeyGate } from "../key-limits/gate.ts";
import { createKeyCounterStore } from "../key-limits/store.ts";
import { createRoleOf } from "../organizations/membership.ts";
import { createOrganizationStore } from "../organizations/store.ts";
import { createArgon2 } from "../passwords/argon2.ts";
import { createAttemptCounter } from "../passwords/attempts.ts";
import { createPasswords } from "../passwords/passwords.ts";
import { createSharedCommits } from "../passwords/shared-commits.ts";
import { createAuthenticate } from "../principals/principals.ts";
import { createUserStore } from "../users/store.ts";
import { createUsers } from "../users/users.ts";
import { createRevocations } from "./revocations.ts";

/** Calls back once, between what `read` has read and what is done with it: where a race would be lost. */
function interrupted<Parameters extends unknown[], Result>(read: (...parameters: Parameters) => Promise<Result>) {
  let meanwhile: (() => Promise<unknown>) | undefined;
  return {
    next: (work: () => Promise<unknown>) => {
      meanwhile = work;
    },
    read: async (...parameters: Parameters) => {
      const result = await read(...parameters);
      const work = meanwhile;
      meanwhile = undefined;
      await work?.();
      return result;
    },
  };
}

forEachDatabase("what changes while it is being looked up", (open) => {
  test("is not cached as it was: neither a revoked key nor a role", async () => {
    const { auth, database, clock } = await openAuth(open);
    const user = await register(auth);
    const revocations = createRevocations({ database, clock, logger: silentLogger });
    const lastUsed = createLastUsed({ logger: silentLogger, write: async () => undefined });
    const auditStore = createAuditStore(database);
    const refusals = createRefusals({ database, clock, store: auditStore, logger: silentLogger });
    const audit = createAuditLog({ database, clock, store: auditStore, refusals });
    const gate = createKeyGate({ database, store: createKeyCounterStore(database) });
    const scopes = createScopeRules(standardScopes);

    const keyStore = createApiKeyStore(database);
    const keyRead = interrupted(keyStore.findForCheck);
    // Read at once nothing can come between, so that only the other way is looked at.
    const store = { ...keyStore, findForCheck: keyRead.read, findForCheckNow: undefined };
    const apiKeys = createApiKeys({ database, clock, store, scopes, revocations, lastUsed, gate, refusals });

    const userStore = createUserStore(database);
    const userRead = interrupted(userStore.find);
    const argon2 = createArgon2();
    const commits = createSharedCommits(database, argon2.isCrowded);
    const attempts = createAttemptCounter({ database, clock, commits });
    const passwords = createPasswords({ database, clock, attempts, refusals, argon2 });
    const codes = { send: async () => undefined };
    const { invitations } = auth.organizations;
    const parts = { passwords, attempts, codes, invitations, revocations, audit };
    const users = createUsers({ database, clock, store: userStore, ...parts });
    const readers = { ...userStore, find: userRead.read };
    const organizationStore = createOrganizationStore(database);
    const roleRead = interrupted(organizationStore.roleOf);
    const roleOf = createRoleOf({ database, store: { roleOf: roleRead.read }, revocations });
    const { tokens } = auth;
    const authenticate = createAuthenticate({ database, users: readers, tokens, apiKeys, revocations, roleOf });

    const { id: keyId, key } = await apiKeys.create({ subjectId: user.id, name: "ci" });
    userRead.next(() => users.setRole(user.id, "admin"));
    await authenticate({ apiKey: key });
    expect(await authenticate({ apiKey: key })).toMatchObject({ role: "admin" });

    const { key: other } = await apiKeys.rotate({ subjectId: user.id, keyId, overlapSeconds: 60 });
    keyRead.next(() => apiKeys.revoke({ subjectId: user.id, keyId }));
    await apiKeys.verify(key);
    await expect(apiKeys.verify(key)).rejects.toMatchObject({ code: "invalid_api_key" });
    expect(await authenticate({ apiKey: other })).toMatchObject({ role: "admin" });

    const { id: organizationId } = await auth.organizations.create({ userId: user.id, name: "Engines" });
    const place = { organizationId, userId: user.id };
    roleRead.next(() =>
      database.transaction(async (tx) => {
        await organizationStore.remove(tx, organizationId);
        await revocations.add(tx, [{ kind: "organization", id: organizationId }]);
      }),
    );
    expect(await roleOf(place)).toBe("owner");
    expect(await roleOf(place)).toBeNull();
  });
});
