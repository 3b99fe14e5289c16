/** API keys whose making and ending is logged, in the same transaction. */
import type { Database, Tx } from "@revops/database";
import type { ApiKeys, PlainApiKeys } from "../api-keys/api-keys.ts";
import { authErrors } from "../errors.ts";
import { isOrganizationId } from "../organizations/organization.ts";
import type { Rights } from "../organizations/rights.ts";
import type { Origin } from "../origins/origin.ts";
import type { UserStore } from "../users/store.ts";
import type { AuditLog } from "./audit.ts";
import type { AuditAction } from "./entry.ts";

/** Who asks for a change of keys, for the audit log. */
export interface KeyRequest {
  readonly origin?: Origin | undefined;
  /**
   * The user who asks; the subject itself unless said otherwise. A key of an organization is made by one of its admins or
   * owners, who is named here.
   */
  readonly actorId?: string | undefined;
}

/** {@link ApiKeys}, whose changes also take who asks. */
export interface AuditedApiKeys extends ApiKeys {
  /** @throws as {@link ApiKeys.create}; `user_not_found` for who was erased; for an organization `organization_not_found` and `forbidden` too */
  create(input: Parameters<ApiKeys["create"]>[0] & KeyRequest, tx?: Tx): ReturnType<ApiKeys["create"]>;
  /** @throws as {@link ApiKeys.revoke}; for an organization `organization_not_found` and `forbidden` too */
  revoke(key: Parameters<ApiKeys["revoke"]>[0] & KeyRequest, tx?: Tx): ReturnType<ApiKeys["revoke"]>;
  rotate(key: Parameters<ApiKeys["rotate"]>[0] & KeyRequest, tx?: Tx): ReturnType<ApiKeys["rotate"]>;
}

export function auditedKeys(options: {
  readonly database: Database;
  readonly apiKeys: PlainApiKeys;
  readonly audit: AuditLog;
  readonly rights: Rights;
  readonly users: Pick<UserStore, "lock" | "isErased">;
}): AuditedApiKeys {
  const { database, apiKeys, audit, rights, users } = options;
  const note = (tx: Tx, action: AuditAction, target: string, input: KeyRequest & { readonly subjectId: string }) =>
    audit.record(tx, {
      action,
      userId: input.subjectId,
      actorId: input.actorId ?? input.subjectId,
      target,
      origin: input.origin,
    });

  /**
   * Under the lock of the organization or user: whoever is removed or erased at this moment leaves no key behind. Subjects that
   * are neither are the caller's own.
   */
  async function assertMayManage(tx: Tx, subjectId: string, actorId: string | null): Promise<void> {
    if (isOrganizationId(subjectId)) await rights.assert(tx, { organizationId: subjectId, actorId }, "admin");
    else if (!(await users.lock(tx, subjectId)) && (await users.isErased(tx, subjectId))) {
      throw authErrors.user_not_found();
    }
  }

  return {
    ...apiKeys,
    create: (input, tx) =>
      database.transaction(async (tx) => {
        // Without a member who made it, a key of an organization would be good for nothing.
        await assertMayManage(tx, input.subjectId, input.actorId ?? input.subjectId);
        const made = await apiKeys.create({ ...input, createdBy: input.actorId }, tx);
        await note(tx, "api_key.created", made.id, input);
        return made;
      }, tx),
    revoke: (input, tx) =>
      database.transaction(async (tx) => {
        await assertMayManage(tx, input.subjectId, input.actorId ?? null);
        const { key, changed } = await apiKeys.revoke(input, tx);
        if (changed) await note(tx, "api_key.revoked", key.id, input);
        return key;
      }, tx),
    rotate: (input, tx) =>
      database.transaction(async (tx) => {
        await assertMayManage(tx, input.subjectId, input.actorId ?? null);
        const made = await apiKeys.rotate({ ...input, createdBy: input.actorId }, tx);
        await note(tx, "api_key.rotated", input.keyId, input);
        await note(tx, "api_key.created", made.id, input);
        return made;
      }, tx),
  };
}
