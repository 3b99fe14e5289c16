/** What a member may do now, on the path of each request that chooses an organization: as a rule without a query. */
import type { Database } from "@revops/database";
import { LRUCache } from "lru-cache";
import type { Revocations } from "../revocations/revocations.ts";
import { isOrganizationId, type OrganizationRole } from "./organization.ts";
import type { OrganizationStore, Place } from "./store.ts";

/** null for who is no member. As fresh as the revocations are that the caller has just asked for. */
export type RoleOf = (place: Place) => Promise<OrganizationRole | null>;

/** Organizations at most; each is as large as it has members who are at work. */
const cacheSize = 10_000;

export function createRoleOf(options: {
  readonly database: Database;
  readonly store: Pick<OrganizationStore, "roleOf">;
  readonly revocations: Revocations;
}): RoleOf {
  const { database, store, revocations } = options;
  const known = new LRUCache<string, Map<string, OrganizationRole>>({ max: cacheSize });
  revocations.onChange("organization", (id) => known.delete(id));

  return async (place) => {
    const { organizationId, userId } = place;
    // What cannot be one is not looked for: it may be anything that a header can hold.
    if (!isOrganizationId(organizationId)) return null;
    const cached = known.get(organizationId)?.get(userId);
    if (cached) return cached;
    const epoch = revocations.epoch();
    const role = await store.roleOf(database, place);
    // A change that came while the row was under way has already looked for an entry to drop; strangers are not kept.
    if (role && epoch === revocations.epoch()) {
      const members = known.get(organizationId) ?? new Map();
      known.set(organizationId, members.set(userId, role));
    }
    return role;
  };
}
