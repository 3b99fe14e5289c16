/** An entry of the audit log. */

export type AuditAction =
  | "user.registered"
  | "user.role_changed"
  | "user.exported"
  | "user.erased"
  | "identity.linked"
  | "identity.unlinked"
  | "email.verified"
  | "email.changed"
  | "password.changed"
  | "password.reset"
  /** A wrong password at a log-in, or any during the pause that wrong ones cost. */
  | "login.failed"
  /** A wrong current password at a change of password or address. */
  | "reauthentication.failed"
  /** A code by letter that had ended. */
  | "code.refused"
  /** The newest token of a session that had ended. */
  | "session.refresh_refused"
  | "session.opened"
  | "session.ended"
  | "session.reuse_detected"
  | "api_key.created"
  | "api_key.rotated"
  | "api_key.revoked"
  /** The key was right, and revoked or past its end. */
  | "api_key.refused"
  | "organization.created"
  | "organization.renamed"
  | "organization.deleted"
  | "organization.member_invited"
  | "organization.invitation_revoked"
  | "organization.invitation_declined"
  | "organization.member_added"
  | "organization.member_role_changed"
  | "organization.member_removed"
  | "organization.member_left"
  | "organization.ownership_transferred";

export interface RoleChange {
  readonly from: string | null;
  readonly to: string;
}

export interface AuditEntry {
  /** `aud_…`, in the order of time. */
  readonly id: string;
  readonly at: Date;
  /** Whose account, or whose key, it is about: a user, or an organization (`org_…`). */
  readonly userId: string;
  /** Who did it; null for who showed no credentials but a code, and for the program itself. */
  readonly actorId: string | null;
  readonly action: AuditAction;
  /** The id of the key, session, member or invitation, the name of the provider, or the role that a user was given. */
  readonly target: string | null;
  /** Of a role that was given or changed, what it was before (null: none) and what it is since; null for everything else. */
  readonly role: RoleChange | null;
  /** Where from; null when the caller did not say, when gathered ones differ, and after the user was erased. */
  readonly address: string | null;
  readonly userAgent: string | null;
  /** How often: refusals of an account are gathered by the hour and by where they came from. 1 for everything else. */
  readonly times: number;
  /** When it happened last; `at` is when it happened first. */
  readonly lastAt: Date;
}
