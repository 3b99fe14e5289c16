import type { OrganizationRole } from "./organizations/organization.ts";

/** What auth tells the packages that it does not know. */
export interface AuthFacts {
  /** Emitted inside the transaction that makes the user: a handler that throws leaves no user behind. */
  readonly "user.registered": {
    readonly userId: string;
    readonly email: string;
    readonly name: string | null;
    readonly at: Date;
  };
  /** That someone reads an address which is theirs: by a code, or by a provider's word. It may be said again. */
  readonly "email.verified": { readonly userId: string; readonly email: string; readonly at: Date };
  /** Emitted inside the transaction that erases the user; what is kept of them elsewhere ends or loses its name now. */
  readonly "user.erased": { readonly userId: string; readonly at: Date };
  /** A new subject: `createdBy`, its first owner, follows as `organization.member_added`. */
  readonly "organization.created": {
    readonly organizationId: string;
    readonly name: string;
    readonly createdBy: string;
    readonly at: Date;
  };
  readonly "organization.renamed": { readonly organizationId: string; readonly name: string; readonly at: Date };
  /** What it owns and pays for elsewhere ends now. */
  readonly "organization.deleted": { readonly organizationId: string; readonly at: Date };
  readonly "organization.member_added": MemberFact;
  readonly "organization.member_role_changed": MemberFact;
  readonly "organization.member_removed": Omit<MemberFact, "role">;
}

interface MemberFact {
  readonly organizationId: string;
  readonly userId: string;
  readonly role: OrganizationRole;
  readonly at: Date;
}
