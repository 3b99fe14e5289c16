/** Who may do what in an organization. Pure rules. */
import { authErrors } from "../errors.ts";
import type { OrganizationRole } from "./organization.ts";

const levels: Readonly<Record<OrganizationRole, number>> = Object.freeze({ member: 0, admin: 1, owner: 2 });

/**
 * Whether an organization's role is `minimum` or above it (`member` < `admin` < `owner`).
 * @example organizationRoleAtLeast("owner", "admin"); // true
 */
export function organizationRoleAtLeast(role: OrganizationRole, minimum: OrganizationRole): boolean {
  return levels[role] >= levels[minimum];
}

/** The roles that someone of this role may give. */
export function rolesGivenBy(role: OrganizationRole): OrganizationRole[] {
  if (role === "owner") return ["owner", "admin", "member"];
  return role === "admin" ? ["admin", "member"] : [];
}

/** @throws `invalid_role` for what a stranger to TypeScript may pass */
export function checkRole(role: OrganizationRole): OrganizationRole {
  if (typeof role === "string" && Object.hasOwn(levels, role)) return role;
  throw authErrors.invalid_role({ detail: "A role is owner, admin or member." });
}

/** @throws `forbidden` */
export function assertRole(role: OrganizationRole, minimum: OrganizationRole): void {
  if (organizationRoleAtLeast(role, minimum)) return;
  throw authErrors.forbidden({ detail: `This needs the role "${minimum}" in the organization.`, fields: { minimum } });
}

/**
 * Who may give, change or take away a role: admins those of members and admins, and owners all. Nobody makes or unmakes
 * someone who stands above them.
 * @throws `forbidden`
 */
export function assertMayManage(actor: OrganizationRole, ...roles: readonly OrganizationRole[]): void {
  assertRole(actor, roles.includes("owner") ? "owner" : "admin");
}
