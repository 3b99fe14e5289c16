/** The SQL of organizations and their members. */

import { type Page, type PageRequest, pageOf } from "@revops/core";
import { type Database, type Handle, prepared, type Tx } from "@revops/database";
import { and, asc, count, eq, exists, gt, ne, or, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";
import { authTables } from "../schema.ts";
import { storableId } from "../storable-id.ts";
import type { Member, Membership, Organization, OrganizationRole } from "./organization.ts";

/** A member's place in an organization. */
export interface Place {
  readonly organizationId: string;
  readonly userId: string;
}

export interface OrganizationStore {
  insert(tx: Tx, organization: Organization): Promise<void>;
  /**
   * Keeps every other change of this organization and of its members waiting until the transaction ends; null when it is
   * gone. Whoever also needs a user's row takes that first.
   */
  lock(tx: Tx, id: string): Promise<Organization | null>;
  rename(tx: Tx, id: string, name: string): Promise<Organization | null>;
  /** Removes an organization and its members. */
  remove(tx: Tx, id: string): Promise<void>;
  /** null for who is no member, and for what is no organization. On the path of each request that chooses one. */
  roleOf(handle: Handle, place: Place): Promise<OrganizationRole | null>;
  membershipOf(handle: Handle, place: Place): Promise<Membership | null>;
  /** A user's organizations, oldest first. */
  listOf(handle: Handle, userId: string, page: PageRequest): Promise<Page<Membership>>;
  /** The ids of a user's organizations, in the order in which they are to be locked. */
  idsOf(handle: Handle, userId: string): Promise<string[]>;
  countOwnedBy(handle: Handle, userId: string): Promise<number>;
  countMembers(handle: Handle, id: string): Promise<number>;
  members(handle: Handle, id: string, page: PageRequest): Promise<Page<Member>>;
  hasMemberWithEmail(handle: Handle, id: string, email: string): Promise<boolean>;
  /** false when they are a member already. */
  addMember(tx: Tx, member: Place & { role: OrganizationRole; joinedAt: Date }): Promise<boolean>;
  /** Changes a role unless that would leave no owner; whether it was changed. Under {@link OrganizationStore.lock}. */
  setRole(tx: Tx, place: Place, role: OrganizationRole): Promise<boolean>;
  /** Removes a member unless that would leave no owner; whether they were. Under {@link OrganizationStore.lock}. */
  removeMember(tx: Tx, place: Place): Promise<boolean>;
}

export function createOrganizationStore({ dialect }: Database): OrganizationStore {
  const { organizations, members, users } = authTables(dialect);
  const organization = { id: organizations.id, name: organizations.name, createdAt: organizations.createdAt };
  const membership = { ...organization, role: members.role, joinedAt: members.joinedAt };
  const ofPlace = prepared("auth_organization_role", (db) =>
    db
      .select({ role: members.role })
      .from(members)
      .where(
        and(
          eq(members.organizationId, sql.placeholder("organizationId")),
          eq(members.userId, sql.placeholder("userId")),
        ),
      ),
  );
  const at = ({ organizationId, userId }: Place) =>
    and(eq(members.organizationId, storableId(organizationId)), eq(members.userId, storableId(userId)));
  const others = alias(members, "others");
  /** Whoever is no owner may always go; an owner only while there is another. */
  const leavesAnOwner = (tx: Tx, { organizationId, userId }: Place) =>
    or(
      ne(members.role, "owner"),
      exists(
        tx.db
          .select({ role: others.role })
          .from(others)
          .where(and(eq(others.organizationId, organizationId), ne(others.userId, userId), eq(others.role, "owner"))),
      ),
    );

  return {
    insert: async (tx, row) => void (await tx.db.insert(organizations).values({ ...row, revision: 0 })),
    lock: async (tx, id) =>
      (
        await tx.db
          .update(organizations)
          .set({ revision: sql`${organizations.revision} + 1` })
          .where(eq(organizations.id, storableId(id)))
          .returning(organization)
      )[0] ?? null,
    rename: async (tx, id, name) =>
      (await tx.db.update(organizations).set({ name }).where(eq(organizations.id, id)).returning(organization))[0] ??
      null,
    async remove(tx, id) {
      await tx.db.delete(members).where(eq(members.organizationId, id));
      await tx.db.delete(organizations).where(eq(organizations.id, id));
    },
    roleOf: async (handle, { organizationId, userId }) =>
      (await ofPlace(handle, { organizationId: storableId(organizationId), userId: storableId(userId) }))[0]?.role ??
      null,
    membershipOf: async (handle, place) =>
      (
        await handle.db
          .select(membership)
          .from(members)
          .innerJoin(organizations, eq(organizations.id, members.organizationId))
          .where(at(place))
      )[0] ?? null,
    async listOf(handle, userId, { limit, after = "" }) {
      const rows = await handle.db
        .select(membership)
        .from(members)
        .innerJoin(organizations, eq(organizations.id, members.organizationId))
        .where(and(eq(members.userId, storableId(userId)), gt(members.organizationId, storableId(after))))
        .orderBy(asc(members.organizationId))
        .limit(limit + 1);
      return pageOf(rows, limit, ({ id }) => id);
    },
    idsOf: async (handle, userId) =>
      (
        await handle.db
          .select({ id: members.organizationId })
          .from(members)
          .where(eq(members.userId, userId))
          .orderBy(asc(members.organizationId))
      ).map(({ id }) => id),
    countOwnedBy: (handle, userId) =>
      countOf(
        handle.db
          .select({ n: count() })
          .from(members)
          .where(and(eq(members.userId, userId), eq(members.role, "owner"))),
      ),
    countMembers: (handle, id) =>
      countOf(handle.db.select({ n: count() }).from(members).where(eq(members.organizationId, id))),
    async members(handle, id, { limit, after = "" }) {
      const rows = await handle.db
        .select({
          userId: members.userId,
          email: users.email,
          name: users.name,
          role: members.role,
          joinedAt: members.joinedAt,
        })
        .from(members)
        .innerJoin(users, eq(users.id, members.userId))
        .where(and(eq(members.organizationId, storableId(id)), gt(members.userId, storableId(after))))
        .orderBy(asc(members.userId))
        .limit(limit + 1);
      return pageOf(rows, limit, ({ userId }) => userId);
    },
    hasMemberWithEmail: async (handle, id, email) =>
      (
        await handle.db
          .select({ userId: members.userId })
          .from(members)
          .innerJoin(users, eq(users.id, members.userId))
          .where(and(eq(members.organizationId, id), eq(users.email, email)))
      ).length > 0,
    addMember: async (tx, member) =>
      (await tx.db.insert(members).values(member).onConflictDoNothing().returning({ userId: members.userId })).length >
      0,
    setRole: async (tx, place, role) =>
      (
        await tx.db
          .update(members)
          .set({ role })
          .where(and(at(place), role === "owner" ? undefined : leavesAnOwner(tx, place)))
          .returning({ userId: members.userId })
      ).length > 0,
    removeMember: async (tx, place) =>
      (
        await tx.db
          .delete(members)
          .where(and(at(place), leavesAnOwner(tx, place)))
          .returning({ userId: members.userId })
      ).length > 0,
  };
}

async function countOf(query: PromiseLike<{ n: number }[]>): Promise<number> {
  return (await query)[0]?.n ?? 0;
}
