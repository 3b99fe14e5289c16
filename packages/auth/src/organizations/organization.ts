/** Several people who own and pay together: an organization is a subject, as a user is. */
import { authErrors } from "../errors.ts";
import type { Origin } from "../origins/origin.ts";

/** What a member may do: each may do what those before may, `member`, `admin`, `owner`. */
export type OrganizationRole = "owner" | "admin" | "member";

export interface Organization {
  /** `org_…`: the `subjectId` of its keys, its subscription and its usage. */
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
}

/** An organization as one of its members sees it. */
export interface Membership extends Organization {
  /** The member's own. */
  readonly role: OrganizationRole;
  readonly joinedAt: Date;
}

export interface Member {
  readonly userId: string;
  readonly email: string;
  readonly name: string | null;
  readonly role: OrganizationRole;
  readonly joinedAt: Date;
}

/** An invitation that is neither accepted nor over. Its code is in the letter and nowhere else. */
export interface Invitation {
  /** `inv_…` */
  readonly id: string;
  readonly organizationId: string;
  readonly email: string;
  readonly role: OrganizationRole;
  /** null when the program itself invited. */
  readonly invitedBy: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

/** An invitation as whom it is for sees it. */
export interface ReceivedInvitation extends Invitation {
  readonly organizationName: string;
}

/** Who does something to which organization. */
export interface OrganizationRequest {
  readonly organizationId: string;
  /** The user who asks and who must have the role for it; null for the program itself, which may do everything. */
  readonly actorId: string | null;
  readonly origin?: Origin | undefined;
}

const idForm = /^org_[0-9a-z]{26}$/;

/** Whether a subject's id is an organization's: ids are made here, and say what they name. */
export const isOrganizationId = (id: string): boolean => idForm.test(id);

/** One answer for an organization that never was and for one that is somebody else's. */
export const organizationNotFound = () => authErrors.organization_not_found();
