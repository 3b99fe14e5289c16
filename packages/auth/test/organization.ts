import type { Auth, OrganizationRole } from "../src/index.ts";
import type { Inbox } from "./inbox.ts";
import { register } from "./open-auth.ts";

/** Ada's organization, with members of the given names and roles, each invited by letter. */
export async function foundOrganization(
  auth: Auth,
  inbox: Inbox,
  others: Readonly<Record<string, OrganizationRole>> = {},
) {
  const ada = await register(auth);
  const organization = await auth.organizations.create({ userId: ada.id, name: "Analytical Engines" });
  const people: Record<string, string> = { ada: ada.id };
  for (const [name, role] of Object.entries(others)) {
    const user = await register(auth, `${name}@example.com`);
    await join(auth, inbox, { organizationId: organization.id, actorId: ada.id, role, user });
    people[name] = user.id;
  }
  const idOf = (name: string) => people[name] ?? "usr_nobody";
  return { organization, organizationId: organization.id, ada: ada.id, idOf };
}

export async function join(
  auth: Auth,
  inbox: Inbox,
  {
    user,
    ...invitation
  }: { organizationId: string; actorId: string; role: OrganizationRole; user: { id: string; email: string } },
) {
  await auth.organizations.invitations.create({ ...invitation, email: user.email });
  const code = await inbox.codeFor(user.email, /^Join/);
  return auth.organizations.invitations.accept({ userId: user.id, code });
}
