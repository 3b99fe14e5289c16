/** The SQL of invitations. */

import { type Page, type PageRequest, pageOf } from "@revops/core";
import type { Database, Handle, Tx } from "@revops/database";
import { and, asc, count, eq, gt, lte, notInArray } from "drizzle-orm";
import { authTables } from "../schema.ts";
import { storableId } from "../storable-id.ts";
import type { Invitation, OrganizationRole, ReceivedInvitation } from "./organization.ts";

export interface InvitationStore {
  /** Replaces an earlier one to the same address, whose code is worth nothing from then on. */
  put(tx: Tx, invitation: Invitation): Promise<Invitation>;
  /** Keeps the hash of a code that is about to be sent. */
  insertCode(tx: Tx, code: { hash: string; invitationId: string; expiresAt: Date }): Promise<void>;
  /** The invitation with the name of its organization, as a letter tells it. */
  findForLetter(handle: Handle, id: string, at: Date): Promise<ReceivedInvitation | null>;
  countOpen(handle: Handle, organizationId: string, at: Date): Promise<number>;
  isOpen(handle: Handle, organizationId: string, email: string, at: Date): Promise<boolean>;
  findByHash(handle: Handle, hash: string, at: Date): Promise<Invitation | null>;
  find(handle: Handle, id: string, at: Date): Promise<Invitation | null>;
  list(handle: Handle, organizationId: string, page: PageRequest, at: Date): Promise<Page<Invitation>>;
  listTo(handle: Handle, email: string, page: PageRequest, at: Date): Promise<Page<ReceivedInvitation>>;
  /** Takes an invitation away, as it was read; of any number of callers one gets it. */
  take(tx: Tx, invitation: Invitation): Promise<boolean>;
  /** Takes back what a user sent, but for the roles that they may still give. */
  removeBy(tx: Tx, organizationId: string, userId: string, stillGiven: readonly OrganizationRole[]): Promise<void>;
  removeOf(tx: Tx, organizationId: string): Promise<void>;
  removeTo(tx: Tx, email: string): Promise<void>;
  removeExpired(handle: Handle, at: Date): Promise<void>;
}

export function createInvitationStore({ dialect }: Database): InvitationStore {
  const { invitations, invitationCodes, organizations } = authTables(dialect);
  const shown = {
    id: invitations.id,
    organizationId: invitations.organizationId,
    email: invitations.email,
    role: invitations.role,
    invitedBy: invitations.invitedBy,
    createdAt: invitations.createdAt,
    expiresAt: invitations.expiresAt,
  };
  const open = (at: Date) => gt(invitations.expiresAt, at);

  return {
    async put(tx, invitation) {
      const { organizationId: _same, email: _address, ...changes } = invitation;
      const [put] = await tx.db
        .insert(invitations)
        .values(invitation)
        .onConflictDoUpdate({ target: [invitations.organizationId, invitations.email], set: changes })
        .returning(shown);
      return put ?? invitation;
    },
    countOpen: async (handle, organizationId, at) =>
      (
        await handle.db
          .select({ n: count() })
          .from(invitations)
          .where(and(eq(invitations.organizationId, organizationId), open(at)))
      )[0]?.n ?? 0,
    isOpen: async (handle, organizationId, email, at) =>
      (
        await handle.db
          .select({ id: invitations.id })
          .from(invitations)
          .where(and(eq(invitations.organizationId, organizationId), eq(invitations.email, email), open(at)))
      ).length > 0,
    insertCode: async (tx, code) => void (await tx.db.insert(invitationCodes).values(code)),
    findForLetter: async (handle, id, at) =>
      (
        await handle.db
          .select({ ...shown, organizationName: organizations.name })
          .from(invitations)
          .innerJoin(organizations, eq(organizations.id, invitations.organizationId))
          .where(and(eq(invitations.id, id), open(at)))
      )[0] ?? null,
    findByHash: async (handle, hash, at) =>
      (
        await handle.db
          .select(shown)
          .from(invitationCodes)
          .innerJoin(invitations, eq(invitations.id, invitationCodes.invitationId))
          .where(and(eq(invitationCodes.hash, hash), open(at)))
      )[0] ?? null,
    find: async (handle, id, at) =>
      (
        await handle.db
          .select(shown)
          .from(invitations)
          .where(and(eq(invitations.id, storableId(id)), open(at)))
      )[0] ?? null,
    async list(handle, organizationId, { limit, after = "" }, at) {
      const rows = await handle.db
        .select(shown)
        .from(invitations)
        .where(
          and(
            eq(invitations.organizationId, storableId(organizationId)),
            gt(invitations.id, storableId(after)),
            open(at),
          ),
        )
        .orderBy(asc(invitations.id))
        .limit(limit + 1);
      return pageOf(rows, limit, ({ id }) => id);
    },
    async listTo(handle, email, { limit, after = "" }, at) {
      const rows = await handle.db
        .select({ ...shown, organizationName: organizations.name })
        .from(invitations)
        .innerJoin(organizations, eq(organizations.id, invitations.organizationId))
        .where(and(eq(invitations.email, email), gt(invitations.id, storableId(after)), open(at)))
        .orderBy(asc(invitations.id))
        .limit(limit + 1);
      return pageOf(rows, limit, ({ id }) => id);
    },
    async take(tx, { id }) {
      const taken = await tx.db.delete(invitations).where(eq(invitations.id, id)).returning({ id: invitations.id });
      await tx.db.delete(invitationCodes).where(eq(invitationCodes.invitationId, id));
      return taken.length > 0;
    },
    removeBy: async (tx, organizationId, userId, stillGiven) =>
      void (await tx.db
        .delete(invitations)
        .where(
          and(
            eq(invitations.organizationId, organizationId),
            eq(invitations.invitedBy, userId),
            notInArray(invitations.role, [...stillGiven]),
          ),
        )),
    removeOf: async (tx, organizationId) =>
      void (await tx.db.delete(invitations).where(eq(invitations.organizationId, organizationId))),
    removeTo: async (tx, email) => void (await tx.db.delete(invitations).where(eq(invitations.email, email))),
    async removeExpired(handle, at) {
      await handle.db.delete(invitations).where(lte(invitations.expiresAt, at));
      // Of those that were taken back or sent again too: without an invitation a code is good for nothing.
      await handle.db.delete(invitationCodes).where(lte(invitationCodes.expiresAt, at));
    },
  };
}
