/** Whether someone may do something to an organization, at the moment in which it is done. */
import type { Database, Tx } from "@revops/database";
import type { Organization, OrganizationRequest, OrganizationRole } from "./organization.ts";
import { organizationNotFound } from "./organization.ts";
import { assertRole } from "./roles.ts";
import type { OrganizationStore } from "./store.ts";

export interface Rights {
  /**
   * Locks the organization and answers the actor's role in it; the program itself is as good as an owner. Nobody is
   * removed or demoted from then until the transaction ends.
   * @throws `organization_not_found` for who is no member, `forbidden`
   */
  assert(tx: Tx, asked: OrganizationRequest, minimum: OrganizationRole): Promise<Organization & Actor>;
  /** The same for what only reads. */
  assertNow(asked: OrganizationRequest, minimum: OrganizationRole): Promise<void>;
}

interface Actor {
  readonly actorRole: OrganizationRole;
}

export function createRights(database: Database, store: OrganizationStore): Rights {
  const roleOf = async (handle: Database | Tx, { organizationId, actorId }: OrganizationRequest) => {
    const role = actorId === null ? "owner" : await store.roleOf(handle, { organizationId, userId: actorId });
    if (role === null) throw organizationNotFound();
    return role;
  };
  return {
    async assert(tx, asked, minimum) {
      // Looked at before it is locked too: a stranger must not be able to hold anybody up.
      assertRole(await roleOf(tx, asked), minimum);
      const organization = await store.lock(tx, asked.organizationId);
      if (!organization) throw organizationNotFound();
      const actorRole = await roleOf(tx, asked);
      assertRole(actorRole, minimum);
      return { ...organization, actorRole };
    },
    async assertNow(asked, minimum) {
      assertRole(await roleOf(database, asked), minimum);
    },
  };
}
