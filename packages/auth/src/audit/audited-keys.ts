/** API keys whose making and ending is logged, in the same transaction. */
import type { Clock } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import type { ApiKeys } from "../api-keys/api-keys.ts";
import type { Origin } from "../origins/origin.ts";
import type { AuditLog } from "./audit.ts";
import type { AuditAction } from "./entry.ts";

/** Who asks for a change of keys, for the audit log. */
export interface KeyRequest {
  readonly origin?: Origin | undefined;
  /** The user who asks; the subject itself unless said otherwise. */
  readonly actorId?: string | undefined;
}

/** {@link ApiKeys}, whose changes also take who asks. */
export interface AuditedApiKeys extends ApiKeys {
  create(input: Parameters<ApiKeys["create"]>[0] & KeyRequest, tx?: Tx): ReturnType<ApiKeys["create"]>;
  revoke(key: Parameters<ApiKeys["revoke"]>[0] & KeyRequest, tx?: Tx): ReturnType<ApiKeys["revoke"]>;
  rotate(key: Parameters<ApiKeys["rotate"]>[0] & KeyRequest, tx?: Tx): ReturnType<ApiKeys["rotate"]>;
}

export function auditedKeys(options: {
  readonly database: Database;
  readonly clock: Clock;
  readonly apiKeys: ApiKeys;
  readonly audit: AuditLog;
}): AuditedApiKeys {
  const { database, clock, apiKeys, audit } = options;
  const note = (tx: Tx, action: AuditAction, target: string, input: KeyRequest & { readonly subjectId: string }) =>
    audit.record(tx, {
      action,
      userId: input.subjectId,
      actorId: input.actorId ?? input.subjectId,
      target,
      origin: input.origin,
    });

  return {
    ...apiKeys,
    create: (input, tx) =>
      database.transaction(async (tx) => {
        const made = await apiKeys.create(input, tx);
        await note(tx, "api_key.created", made.id, input);
        return made;
      }, tx),
    revoke: (input, tx) =>
      database.transaction(async (tx) => {
        const asked = clock.now();
        const key = await apiKeys.revoke(input, tx);
        // Revoked again, it is answered as it was and nothing happened.
        if (key.revokedAt && key.revokedAt >= asked) await note(tx, "api_key.revoked", key.id, input);
        return key;
      }, tx),
    rotate: (input, tx) =>
      database.transaction(async (tx) => {
        const made = await apiKeys.rotate(input, tx);
        await note(tx, "api_key.rotated", input.keyId, input);
        await note(tx, "api_key.created", made.id, input);
        return made;
      }, tx),
  };
}
