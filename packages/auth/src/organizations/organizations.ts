/** Organizations: made, shown, renamed, ended. */
import { type Clock, createId, type FactEmitter, type Page, type PageRequest } from "@revops/core";
import type { Database, Tx } from "@revops/database";
import type { AuditLog } from "../audit/audit.ts";
import type { AuditEntry } from "../audit/entry.ts";
import { authErrors } from "../errors.ts";
import type { AuthFacts } from "../facts.ts";
import type { Origin } from "../origins/origin.ts";
import type { Revocations } from "../revocations/revocations.ts";
import type { UserStore } from "../users/store.ts";
import type { Departures } from "./departures.ts";
import type { Invitations } from "./invitations.ts";
import type { Members } from "./members.ts";
import { normalizeOrganizationName } from "./name.ts";
import { type Membership, type Organization, type OrganizationRequest, organizationNotFound } from "./organization.ts";
import type { Rights } from "./rights.ts";
import type { OrganizationStore } from "./store.ts";

export interface Organizations {
  /**
   * Makes an organization, whose first owner is `userId`. Says `organization.created` and `organization.member_added` in
   * the same transaction.
   * @throws `user_not_found`, `invalid_name`, `organization_limit_reached`
   * @example const { id } = await auth.organizations.create({ userId: user.id, name: "Analytical Engines" });
   */
  create(
    input: { readonly userId: string; readonly name: string; readonly origin?: Origin | undefined },
    tx?: Tx,
  ): Promise<Membership>;
  /** The organization as this member sees it. @throws `organization_not_found`, for somebody else's too */
  get(place: { readonly organizationId: string; readonly userId: string }, tx?: Tx): Promise<Membership>;
  /** The organizations that a user is a member of, oldest first. */
  listOf(userId: string, page: PageRequest): Promise<Page<Membership>>;
  /** For admins and owners. @throws `organization_not_found`, `forbidden`, `invalid_name` */
  rename(input: OrganizationRequest & { readonly name: string }, tx?: Tx): Promise<Organization>;
  /**
   * Ends an organization with its keys and invitations; for owners. At once here, within a second in other instances.
   * Says `organization.deleted` in the same transaction. Its id stays in totals, and names nobody.
   * @throws `organization_not_found`, `forbidden`
   */
  delete(input: OrganizationRequest, tx?: Tx): Promise<void>;
  /** What was done to it, its members and its keys, youngest first; for admins and owners. @throws as {@link Organizations.rename} */
  audit(input: OrganizationRequest, page: PageRequest): Promise<Page<AuditEntry>>;
  readonly members: Members;
  readonly invitations: Omit<Invitations, "sweep">;
}

export interface OrganizationsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly store: OrganizationStore;
  readonly users: UserStore;
  readonly rights: Rights;
  readonly departures: Departures;
  readonly revocations: Revocations;
  readonly audit: AuditLog;
  readonly facts?: FactEmitter<AuthFacts, Tx> | undefined;
  /** How many organizations a user may own. */
  readonly maxOwned: number;
}

export function createOrganizations(options: OrganizationsOptions): Omit<Organizations, "members" | "invitations"> {
  const { database, clock, store, users, rights, departures, revocations, audit, facts, maxOwned } = options;
  return {
    async create({ userId, name: given, origin }, tx) {
      const name = normalizeOrganizationName(given);
      return database.transaction(async (tx) => {
        // Two at once are counted one after the other.
        if (!(await users.lock(tx, userId))) throw authErrors.user_not_found();
        if ((await store.countOwnedBy(tx, userId)) >= maxOwned) {
          throw authErrors.organization_limit_reached({
            detail: `A user owns at most ${maxOwned} organizations.`,
            fields: { limit: maxOwned },
          });
        }
        const at = clock.now();
        const organization: Organization = { id: createId("org", at), name, createdAt: at };
        const organizationId = organization.id;
        await store.insert(tx, organization);
        await store.addMember(tx, { organizationId, userId, role: "owner", joinedAt: at });
        await audit.record(tx, { action: "organization.created", userId: organizationId, actorId: userId, origin });
        await facts?.emit(tx, "organization.created", { organizationId, name, createdBy: userId, at });
        await facts?.emit(tx, "organization.member_added", { organizationId, userId, role: "owner", at });
        return { ...organization, role: "owner", joinedAt: at };
      }, tx);
    },

    async get(place, tx) {
      const membership = await store.membershipOf(tx ?? database, place);
      if (!membership) throw organizationNotFound();
      return membership;
    },

    listOf: (userId, page) => store.listOf(database, userId, page),

    rename: ({ name, ...asked }, tx) =>
      database.transaction(async (tx) => {
        await rights.assert(tx, asked, "admin");
        const { organizationId, actorId, origin } = asked;
        const renamed = await store.rename(tx, organizationId, normalizeOrganizationName(name));
        if (!renamed) throw organizationNotFound();
        await audit.record(tx, { action: "organization.renamed", userId: organizationId, actorId, origin });
        await facts?.emit(tx, "organization.renamed", { organizationId, name: renamed.name, at: clock.now() });
        return renamed;
      }, tx),

    delete: (asked, tx) =>
      database.transaction(async (tx) => {
        await rights.assert(tx, asked, "owner");
        await revocations.add(tx, await departures.dissolve(tx, asked));
      }, tx),

    async audit({ organizationId, actorId }, page) {
      await rights.assertNow({ organizationId, actorId }, "admin");
      return audit.list(organizationId, page);
    },
  };
}
