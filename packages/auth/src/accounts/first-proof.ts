/**
 * Whoever registered an address need not be who reads its letters: they may wait for the owner to come, with keys and
 * providers that outlast a new password (Sudhodanan and Paverd, "Pre-hijacked accounts", USENIX Security 2022). When a reset is
 * the first proof of the address, what was made before it ends.
 */
import type { Clock } from "@revops/core";
import type { Tx } from "@revops/database";
import type { ApiKeyStore } from "../api-keys/store.ts";
import type { AuditLog } from "../audit/audit.ts";
import { keysChanged, keysRevoked } from "../audit/ended-keys.ts";
import type { OAuthStore } from "../oauth/store.ts";
import type { InvitationStore } from "../organizations/invitation-store.ts";
import type { OrganizationStore } from "../organizations/store.ts";
import type { Origin } from "../origins/origin.ts";
import type { Revocation } from "../revocations/revocations.ts";

export interface FirstProofOptions {
  readonly clock: Clock;
  readonly apiKeys: Pick<ApiKeyStore, "revokeAllOf" | "revokeMadeBy">;
  readonly identities: Pick<OAuthStore, "unlinkAll">;
  readonly organizations: Pick<OrganizationStore, "idsOf" | "lock">;
  readonly invitations: Pick<InvitationStore, "removeBy">;
  readonly audit: AuditLog;
}

export type FirstProof = ReturnType<typeof createFirstProof>;

export function createFirstProof({ clock, apiKeys, identities, organizations, invitations, audit }: FirstProofOptions) {
  return {
    /**
     * Ends the user's keys, those that they made for organizations, the invitations that they sent, and the providers that open
     * the account. Sessions are the caller's to end, and the revocations to add last. Under the user's lock.
     */
    async evict(tx: Tx, { userId, origin }: { userId: string; origin: Origin | undefined }): Promise<Revocation[]> {
      const at = clock.now();
      const nobodys = { userId, actorId: null, origin };
      const ended = await apiKeys.revokeAllOf(tx, userId, at);
      const providers = await identities.unlinkAll(tx, userId);
      await audit.record(
        tx,
        ...keysRevoked(ended, nobodys),
        ...providers.map((target) => ({ ...nobodys, action: "identity.unlinked" as const, target })),
      );
      for (const organizationId of await organizations.idsOf(tx, userId)) {
        if (!(await organizations.lock(tx, organizationId))) continue;
        const keyIds = await apiKeys.revokeMadeBy(tx, { subjectId: organizationId, createdBy: userId }, at);
        await invitations.removeBy(tx, organizationId, userId, []);
        await audit.record(tx, ...keysRevoked(keyIds, { ...nobodys, userId: organizationId }));
        ended.push(...keyIds);
      }
      return keysChanged(ended);
    },
  };
}
