/** An entry of the audit log. */

export type AuditAction =
  | "user.registered"
  | "user.role_changed"
  | "user.exported"
  | "user.erased"
  | "identity.linked"
  | "email.verified"
  | "email.changed"
  | "password.changed"
  | "password.reset"
  | "session.opened"
  | "session.ended"
  | "session.reuse_detected"
  | "api_key.created"
  | "api_key.rotated"
  | "api_key.revoked"
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

export interface AuditEntry {
  /** `aud_…`, in the order of time. */
  readonly id: string;
  readonly at: Date;
  /** Whose account, or whose key, it is about: a user, or an organization (`org_…`). */
  readonly userId: string;
  /** Who did it; null for who showed no credentials but a code, and for the program itself. */
  readonly actorId: string | null;
  readonly action: AuditAction;
  /** The id of the key, session, member or invitation, or the name of the provider. */
  readonly target: string | null;
  /** Where from; null when the caller did not say, and after the user was erased. */
  readonly address: string | null;
  readonly userAgent: string | null;
}
