/** Inviting someone by letter, whether they have an account or will have one. */
import { type Clock, createId, dayMs, type FactEmitter, type Page, type PageRequest } from "@revops/core";
import type { Database, Handle, Tx } from "@revops/database";
import type { AuditLog } from "../audit/audit.ts";
import { hashCode } from "../codes/code-text.ts";
import type { Codes } from "../codes/codes.ts";
import { authErrors } from "../errors.ts";
import type { AuthFacts } from "../facts.ts";
import type { Origin } from "../origins/origin.ts";
import type { AttemptCounter } from "../passwords/attempts.ts";
import type { Revocations } from "../revocations/revocations.ts";
import { normalizeEmail } from "../users/email.ts";
import type { UserStore } from "../users/store.ts";
import type { User } from "../users/user.ts";
import type { InvitationStore } from "./invitation-store.ts";
import type {
  Invitation,
  Membership,
  OrganizationRequest,
  OrganizationRole,
  ReceivedInvitation,
} from "./organization.ts";
import type { Rights } from "./rights.ts";
import { assertMayManage, checkRole } from "./roles.ts";
import type { OrganizationStore } from "./store.ts";

/** Who takes up an invitation: by the code of the letter, or by its id when the account's verified address is the invited one. */
export type Acceptance = { readonly userId: string; readonly origin?: Origin | undefined } & (
  | { readonly code: string }
  | { readonly invitationId: string }
);

export interface Invitations {
  /**
   * Invites an address, in the role `member` unless said otherwise, for seven days. A letter with a code follows the
   * commit, if letters can be sent. Said again, the earlier code is worth nothing. For admins and owners; only owners
   * invite owners.
   * @throws `organization_not_found`, `forbidden`, `invalid_email`, `invalid_role`, `already_member`,
   *   `too_many_invitations`: 100 open ones, or five letters to an address within an hour
   */
  create(
    input: OrganizationRequest & { readonly email: string; readonly role?: OrganizationRole | undefined },
    tx?: Tx,
  ): Promise<Invitation>;
  /** Those that are open, oldest first; for admins and owners. @throws `organization_not_found`, `forbidden` */
  list(input: OrganizationRequest, page: PageRequest): Promise<Page<Invitation>>;
  /** For admins and owners. @throws `organization_not_found`, `invitation_not_found`, `forbidden` */
  revoke(input: OrganizationRequest & { readonly invitationId: string }, tx?: Tx): Promise<void>;
  /** What a user is invited to; nothing as long as their address is not verified. @throws `user_not_found` */
  listFor(userId: string, page: PageRequest): Promise<Page<ReceivedInvitation>>;
  /**
   * Makes a user a member. Whoever has the code reads the letters of the invited address: if that is the account's, it is
   * verified by this. Of any number of uses one wins.
   * @throws `invalid_code` for a code that is unknown, used, or over; `invitation_not_found` for an id that is, or is
   *   somebody else's; `email_not_verified`; `already_member`, which leaves it good; `user_not_found`
   */
  accept(input: Acceptance, tx?: Tx): Promise<Membership>;
  /** @throws `invitation_not_found`, `user_not_found` */
  decline(
    input: { readonly userId: string; readonly invitationId: string; readonly origin?: Origin | undefined },
    tx?: Tx,
  ): Promise<void>;
  sweep(): Promise<void>;
}

export interface InvitationsOptions {
  readonly database: Database;
  readonly clock: Clock;
  readonly store: OrganizationStore;
  readonly invitations: InvitationStore;
  readonly users: UserStore;
  readonly rights: Rights;
  readonly attempts: Pick<AttemptCounter, "takeLetter">;
  readonly codes: Pick<Codes, "notify">;
  readonly revocations: Revocations;
  readonly audit: AuditLog;
  readonly facts?: FactEmitter<AuthFacts, Tx> | undefined;
}

/** Long enough for a holiday weekend; the code is for one use, and can be taken back. */
const validDays = 7;
/** Letters to strangers go out in our name: an account must not be worth anything to who sends many. */
const maxOpen = 100;

export function createInvitations(options: InvitationsOptions): Invitations {
  const { database, clock, store, invitations, users, rights, audit, facts, revocations, codes } = options;

  async function userOf(handle: Handle, userId: string): Promise<User> {
    const user = await users.find(handle, userId);
    if (!user) throw authErrors.user_not_found();
    return user;
  }

  async function limit(tx: Tx, organizationId: string, email: string): Promise<void> {
    const now = clock.now();
    const again = await invitations.isOpen(tx, organizationId, email, now);
    if (!again && (await invitations.countOpen(tx, organizationId, now)) >= maxOpen) {
      throw authErrors.too_many_invitations({ detail: `An organization has at most ${maxOpen} open invitations.` });
    }
    if (!(await options.attempts.takeLetter(tx, `organization_invitation ${email}`))) {
      throw authErrors.too_many_invitations({ detail: "This address was sent as many letters as it gets in an hour." });
    }
  }

  /** The invitation that is meant, if it is for this user. */
  async function find(tx: Tx, user: User, wanted: { code: string } | { invitationId: string }): Promise<Invitation> {
    if ("code" in wanted) {
      const hash = hashCode(wanted.code);
      const found = hash === null ? null : await invitations.findByHash(tx, hash, clock.now());
      if (!found) throw authErrors.invalid_code();
      return found;
    }
    const found = await invitations.find(tx, wanted.invitationId, clock.now());
    if (found?.email !== user.email) throw authErrors.invitation_not_found();
    if (!user.emailVerified) throw authErrors.email_not_verified({ detail: "Verify your address, or use the code." });
    return found;
  }

  return {
    create: ({ email: given, role: wanted = "member", ...asked }, tx) => {
      const { organizationId, actorId, origin } = asked;
      return database.transaction(async (tx) => {
        const email = normalizeEmail(given);
        const role = checkRole(wanted);
        const { actorRole } = await rights.assert(tx, asked, "admin");
        assertMayManage(actorRole, role);
        if (await store.hasMemberWithEmail(tx, organizationId, email)) throw authErrors.already_member();
        await limit(tx, organizationId, email);
        const now = clock.now();
        const expiresAt = new Date(now.getTime() + validDays * dayMs);
        const made = { organizationId, email, role, invitedBy: actorId, createdAt: now, expiresAt };
        const invitation = await invitations.put(tx, { ...made, id: createId("inv", now) });
        const action = "organization.member_invited";
        await audit.record(tx, { action, userId: organizationId, actorId, target: invitation.id, origin });
        await codes.notify(tx, { kind: "organization_invitation", to: email, invitationId: invitation.id });
        return invitation;
      }, tx);
    },

    async list(asked, page) {
      await rights.assertNow(asked, "admin");
      return invitations.list(database, asked.organizationId, page, clock.now());
    },

    revoke: ({ invitationId, ...asked }, tx) =>
      database.transaction(async (tx) => {
        const { organizationId, actorId, origin } = asked;
        await rights.assert(tx, asked, "admin");
        const invitation = await invitations.find(tx, invitationId, clock.now());
        if (invitation?.organizationId !== organizationId || !(await invitations.take(tx, invitation))) {
          throw authErrors.invitation_not_found();
        }
        const action = "organization.invitation_revoked";
        await audit.record(tx, { action, userId: organizationId, actorId, target: invitationId, origin });
      }, tx),

    async listFor(userId, page) {
      const { email, emailVerified } = await userOf(database, userId);
      return emailVerified ? invitations.listTo(database, email, page, clock.now()) : { data: [], next: null };
    },

    accept: ({ userId, origin, ...wanted }, tx) =>
      database.transaction(async (tx) => {
        // Before the organization, as whoever erases the user does: neither then waits for the other.
        const user = await users.lock(tx, userId);
        if (!user) throw authErrors.user_not_found();
        const invitation = await find(tx, user, wanted);
        const { organizationId, role, email } = invitation;
        const gone = () => ("code" in wanted ? authErrors.invalid_code() : authErrors.invitation_not_found());
        const organization = await store.lock(tx, organizationId);
        if (!organization || !(await invitations.take(tx, invitation))) throw gone();
        const joinedAt = clock.now();
        if (!(await store.addMember(tx, { organizationId, userId, role, joinedAt }))) throw authErrors.already_member();
        const proven = "code" in wanted && !user.emailVerified && (await users.verifyEmail(tx, userId, email));
        if (proven) {
          await audit.record(tx, { action: "email.verified", userId, actorId: userId, origin });
          await facts?.emit(tx, "email.verified", { userId, email, at: joinedAt });
        }
        const action = "organization.member_added";
        const told = { target: userId, role: { from: null, to: role } };
        await audit.record(tx, { action, userId: organizationId, actorId: userId, ...told, origin });
        await facts?.emit(tx, action, { organizationId, userId, role, at: joinedAt });
        if (proven) await revocations.add(tx, [{ kind: "user", id: userId }]);
        return { ...organization, role, joinedAt };
      }, tx),

    decline: ({ userId, invitationId, origin }, tx) =>
      database.transaction(async (tx) => {
        const invitation = await find(tx, await userOf(tx, userId), { invitationId });
        if (!(await invitations.take(tx, invitation))) throw authErrors.invitation_not_found();
        const { organizationId } = invitation;
        const action = "organization.invitation_declined";
        await audit.record(tx, { action, userId: organizationId, actorId: userId, target: invitationId, origin });
      }, tx),

    sweep: () => invitations.removeExpired(database, clock.now()),
  };
}
