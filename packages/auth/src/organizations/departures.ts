/** What goes when a member goes, and when an organization does: nobody keeps a credential of what they are no longer in. */
import type { Clock, FactEmitter } from "@revops/core";
import type { Tx } from "@revops/database";
import type { ApiKeyStore } from "../api-keys/store.ts";
import type { AuditLog } from "../audit/audit.ts";
import { keysChanged, keysRevoked } from "../audit/ended-keys.ts";
import { authErrors } from "../errors.ts";
import type { AuthFacts } from "../facts.ts";
import type { Origin } from "../origins/origin.ts";
import type { Revocation } from "../revocations/revocations.ts";
import type { InvitationStore } from "./invitation-store.ts";
import type { OrganizationRequest } from "./organization.ts";
import type { OrganizationStore, Place } from "./store.ts";

export interface DeparturesOptions {
  readonly clock: Clock;
  readonly store: OrganizationStore;
  readonly invitations: InvitationStore;
  readonly apiKeys: Pick<ApiKeyStore, "revokeMadeBy" | "removeOfSubject">;
  readonly audit: AuditLog;
  readonly facts?: FactEmitter<AuthFacts, Tx> | undefined;
}

export type Departures = ReturnType<typeof createDepartures>;

/** All of them run under the organization's lock, and give the revocations that the caller adds last. */
export function createDepartures({ clock, store, invitations, apiKeys, audit, facts }: DeparturesOptions) {
  /** @throws `last_owner` */
  async function depart(
    tx: Tx,
    place: Place,
    { actorId, origin }: { readonly actorId: string | null; readonly origin?: Origin | undefined },
  ): Promise<Revocation[]> {
    const { organizationId, userId } = place;
    const at = clock.now();
    if (!(await store.removeMember(tx, place))) {
      throw authErrors.last_owner({
        detail: "Give the organization to another member first, or delete it.",
        fields: { organizationId },
      });
    }
    // The text of a key is known to who made it; an invitation that nobody took up was a way back in.
    const keyIds = await apiKeys.revokeMadeBy(tx, { subjectId: organizationId, createdBy: userId }, at);
    await invitations.removeBy(tx, organizationId, userId, []);
    const happened = { userId: organizationId, actorId, origin };
    const action = actorId === userId ? "organization.member_left" : "organization.member_removed";
    await audit.record(tx, { ...happened, action, target: userId }, ...keysRevoked(keyIds, happened));
    await facts?.emit(tx, "organization.member_removed", { organizationId, userId, at });
    return [...keysChanged(keyIds), { kind: "organization", id: organizationId }];
  }

  async function dissolve(tx: Tx, { organizationId, actorId, origin }: OrganizationRequest): Promise<Revocation[]> {
    const at = clock.now();
    await facts?.emit(tx, "organization.deleted", { organizationId, at });
    await store.remove(tx, organizationId);
    await invitations.removeOf(tx, organizationId);
    const keys = await apiKeys.removeOfSubject(tx, organizationId);
    const happened = { userId: organizationId, actorId, origin };
    await audit.record(tx, ...keysRevoked(keys.ended, happened), { ...happened, action: "organization.deleted" });
    return [...keysChanged(keys.all), { kind: "organization", id: organizationId }];
  }

  return {
    depart,
    dissolve,

    /**
     * Takes a user who is being erased out of everything: of an organization that they are alone in nothing is left.
     * Call it after the user's row is gone, so that no invitation can be accepted meanwhile.
     * @throws `last_owner` when others would be left without an owner
     */
    async erase(tx: Tx, { userId, email }: { readonly userId: string; readonly email: string }): Promise<Revocation[]> {
      const revoked: Revocation[] = [];
      for (const organizationId of await store.idsOf(tx, userId)) {
        if (!(await store.lock(tx, organizationId))) continue;
        const alone = (await store.countMembers(tx, organizationId)) === 1;
        const asked = { organizationId, actorId: userId };
        revoked.push(...(alone ? await dissolve(tx, asked) : await depart(tx, { organizationId, userId }, asked)));
      }
      await invitations.removeTo(tx, email);
      return revoked;
    },
  };
}
