/** Who is in an organization, and as what. It never loses its last owner, whatever is done at once. */
import type { Clock, FactEmitter, Page, PageRequest } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import type { AuditLog } from "../audit/audit.ts";
import { authErrors } from "../errors.ts";
import type { AuthFacts } from "../facts.ts";
import type { Revocations } from "../revocations/revocations.ts";
import type { Departures } from "./departures.ts";
import type { InvitationStore } from "./invitation-store.ts";
import type { Member, OrganizationRequest, OrganizationRole } from "./organization.ts";
import type { Rights } from "./rights.ts";
import { assertMayManage, checkRole, rolesGivenBy } from "./roles.ts";
import type { OrganizationStore } from "./store.ts";

/** Which member. */
export type MemberRequest = OrganizationRequest & { readonly userId: string };

export interface Members {
  /** For every member. @throws `organization_not_found` */
  list(input: OrganizationRequest, page: PageRequest): Promise<Page<Member>>;
  /**
   * Changes a role: admins those of members and admins, owners all. At once here, within a second in other instances.
   * @throws `organization_not_found`, `member_not_found`, `forbidden`, `last_owner`, `invalid_role`
   */
  setRole(input: MemberRequest & { readonly role: OrganizationRole }, tx?: Tx): Promise<void>;
  /**
   * Removes a member; oneself, to leave. With them go the keys that they made, whose text they know, and the invitations
   * that they sent. Rotate a key that shall stay first: the new one is the rotator's.
   * @throws `organization_not_found`, `member_not_found`, `forbidden`, `last_owner`
   */
  remove(input: MemberRequest, tx?: Tx): Promise<void>;
  /**
   * Makes another member an owner and who asks an admin, in one step; for owners.
   * @throws `organization_not_found`, `member_not_found`, `forbidden`
   */
  transferOwnership(input: MemberRequest & { readonly actorId: string }, tx?: Tx): Promise<void>;
}

export interface MembersOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly store: OrganizationStore;
  readonly invitations: InvitationStore;
  readonly rights: Rights;
  readonly departures: Departures;
  readonly revocations: Revocations;
  readonly audit: AuditLog;
  readonly facts?: FactEmitter<AuthFacts, Tx> | undefined;
}

export function createMembers(options: MembersOptions): Members {
  const { database, clock, store, invitations, rights, departures, revocations, audit, facts } = options;

  async function roleOf(tx: Tx, place: { organizationId: string; userId: string }): Promise<OrganizationRole> {
    const role = await store.roleOf(tx, place);
    if (role === null) throw authErrors.member_not_found();
    return role;
  }

  async function change(tx: Tx, { organizationId, userId, role, ...who }: MemberRequest & { role: OrganizationRole }) {
    const before = await roleOf(tx, { organizationId, userId });
    if (before === role) return;
    if (!(await store.setRole(tx, { organizationId, userId }, role))) {
      throw authErrors.last_owner({ detail: "Make another member an owner first.", fields: { organizationId } });
    }
    // What they gave away while they could is given away no more.
    await invitations.removeBy(tx, organizationId, userId, rolesGivenBy(role));
    const { actorId, origin } = who;
    const action = "organization.member_role_changed";
    const told = { target: userId, role: { from: before, to: role } };
    await audit.record(tx, { action, userId: organizationId, actorId, ...told, origin });
    await facts?.emit(tx, action, { organizationId, userId, role, at: clock.now() });
  }

  const changed = (tx: Tx, organizationId: string) =>
    revocations.add(tx, [{ kind: "organization", id: organizationId }]);

  return {
    async list(asked, page) {
      await rights.assertNow(asked, "member");
      return store.members(database, asked.organizationId, page);
    },

    setRole: (asked, tx) =>
      database.transaction(async (tx) => {
        const role = checkRole(asked.role);
        const { actorRole } = await rights.assert(tx, asked, "member");
        assertMayManage(actorRole, role, await roleOf(tx, asked));
        await change(tx, { ...asked, role });
        await changed(tx, asked.organizationId);
      }, tx),

    remove: (asked, tx) =>
      database.transaction(async (tx) => {
        const { actorRole } = await rights.assert(tx, asked, "member");
        const role = await roleOf(tx, asked);
        if (asked.actorId !== asked.userId) assertMayManage(actorRole, role);
        await revocations.add(tx, await departures.depart(tx, asked, asked));
      }, tx),

    transferOwnership: (asked, tx) =>
      database.transaction(async (tx) => {
        const { organizationId, userId, actorId, origin } = asked;
        await rights.assert(tx, asked, "owner");
        await roleOf(tx, asked);
        if (userId === actorId) return;
        await change(tx, { ...asked, role: "owner" });
        await change(tx, { ...asked, userId: actorId, role: "admin" });
        const action = "organization.ownership_transferred";
        await audit.record(tx, { action, userId: organizationId, actorId, target: userId, origin });
        await changed(tx, organizationId);
      }, tx),
  };
}
