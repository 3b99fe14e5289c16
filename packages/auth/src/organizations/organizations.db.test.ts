import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { createInbox } from "../../test/inbox.ts";
import { openAuth, register } from "../../test/open-auth.ts";
import { foundOrganization } from "../../test/organization.ts";

const code = (code: string) => expect.objectContaining({ code });
const page = { limit: 20 };
const nowhere = "org_01jd3v8k2m0123456789abcdef";

forEachDatabase("organizations", (open) => {
  test("are made with an owner, shown to members, renamed by admins, ended by owners, and say so", async () => {
    const inbox = createInbox();
    const { auth, clock, facts } = await openAuth(open, { mail: inbox });
    const said: [string, unknown][] = [];
    for (const fact of [
      "organization.created",
      "organization.renamed",
      "organization.deleted",
      "organization.member_added",
    ] as const) {
      facts.on(fact, async (_tx, payload) => void said.push([fact, payload]));
    }
    const { organization, organizationId, ada, idOf } = await foundOrganization(auth, inbox, {
      bob: "admin",
      cy: "member",
    });
    const at = clock.now();
    expect(organization).toEqual({
      id: expect.stringMatching(/^org_/),
      name: "Analytical Engines",
      createdAt: at,
      role: "owner",
      joinedAt: at,
    });
    const place = (name: string) => ({ organizationId, userId: idOf(name) });
    expect(await auth.organizations.get(place("ada"))).toEqual(organization);
    expect(await auth.organizations.get(place("cy"))).toEqual({ ...organization, role: "member" });
    expect(await auth.organizations.listOf(idOf("bob"), page)).toEqual({
      data: [{ ...organization, role: "admin" }],
      next: null,
    });

    const asked = (name: string) => ({ organizationId, actorId: idOf(name) });
    const { rename, delete: end, audit } = auth.organizations;
    await expect(rename({ ...asked("cy"), name: "Mine" })).rejects.toEqual(code("forbidden"));
    expect(await rename({ ...asked("bob"), name: " Difference Engines " })).toMatchObject({
      name: "Difference Engines",
    });
    for (const name of ["", "x".repeat(101), "two\nlines", "nul\u0000"]) {
      await expect(rename({ ...asked("bob"), name })).rejects.toEqual(code("invalid_name"));
    }
    await expect(audit(asked("cy"), page)).rejects.toEqual(code("forbidden"));
    const log = (await audit(asked("bob"), page)).data.map(({ action, actorId }) => [action, actorId]);
    expect(log.slice(0, 3)).toEqual([
      ["organization.renamed", idOf("bob")],
      ["organization.member_added", idOf("cy")],
      ["organization.member_invited", ada],
    ]);
    expect(log.at(-1)).toEqual(["organization.created", ada]);

    await expect(end(asked("bob"))).rejects.toEqual(code("forbidden"));
    await end(asked("ada"));
    await expect(end(asked("ada"))).rejects.toEqual(code("organization_not_found"));
    await expect(auth.organizations.get(place("cy"))).rejects.toEqual(code("organization_not_found"));
    expect((await auth.organizations.listOf(idOf("cy"), page)).data).toEqual([]);
    const names = said.map(([name]) => name);
    expect(names).toEqual([
      "organization.created",
      ...Array.from({ length: 3 }, () => "organization.member_added"),
      "organization.renamed",
      "organization.deleted",
    ]);
    expect(said[0]).toEqual([
      "organization.created",
      { organizationId, name: "Analytical Engines", createdBy: ada, at },
    ]);
  });

  test("are nobody's to a stranger, whatever they ask", async () => {
    const inbox = createInbox();
    const { auth } = await openAuth(open, { mail: inbox });
    const { organizationId: theirs, ada } = await foundOrganization(auth, inbox);
    const eve = await register(auth, "eve@example.com");
    const { organizations } = auth;
    for (const organizationId of [theirs, nowhere, "", "org_", "x".repeat(10_000)]) {
      const asked = { organizationId, actorId: eve.id };
      const tries = [
        () => organizations.get({ organizationId, userId: eve.id }),
        () => organizations.rename({ ...asked, name: "Mine" }),
        () => organizations.delete(asked),
        () => organizations.audit(asked, page),
        () => organizations.members.list(asked, page),
        () => organizations.members.setRole({ ...asked, userId: ada, role: "member" }),
        () => organizations.members.setRole({ ...asked, userId: eve.id, role: "owner" }),
        () => organizations.members.remove({ ...asked, userId: ada }),
        () => organizations.members.remove({ ...asked, userId: eve.id }),
        () => organizations.members.transferOwnership({ ...asked, userId: eve.id }),
        () => organizations.invitations.create({ ...asked, email: "eve2@example.com", role: "owner" }),
        () => organizations.invitations.list(asked, page),
        () => organizations.invitations.revoke({ ...asked, invitationId: "inv_1" }),
      ];
      for (const attempt of tries) await expect(attempt()).rejects.toEqual(code("organization_not_found"));
    }
    expect((await organizations.members.list({ organizationId: theirs, actorId: null }, page)).data).toHaveLength(1);
  });

  test("a user owns a limited number, exactly, also when many are made at once", async () => {
    const { auth, another, database } = await openAuth(open, { maxOwnedOrganizations: 3 });
    const { id: userId } = await register(auth);
    const instances = [auth, another()];
    const made = await Promise.allSettled(
      Array.from({ length: 10 }, (_, n) => instances[n % 2]?.organizations.create({ userId, name: `No ${n}` })),
    );
    expect(made.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
    for (const outcome of made) {
      if (outcome.status === "rejected") expect(outcome.reason).toEqual(code("organization_limit_reached"));
    }
    expect(await database.rows(sql`select id from auth_organizations`)).toHaveLength(3);
    await expect(auth.organizations.create({ userId: "usr_0", name: "Nobody's" })).rejects.toEqual(
      code("user_not_found"),
    );
  });

  test("stay whole when a handler of their making or of their end fails", async () => {
    const { auth, facts, database } = await openAuth(open);
    const { id: userId } = await register(auth);
    const { id: organizationId } = await auth.organizations.create({ userId, name: "Kept" });
    for (const fact of ["organization.created", "organization.deleted"] as const) {
      facts.on(fact, async () => {
        throw new Error("another package says no");
      });
    }
    await expect(auth.organizations.create({ userId, name: "Not made" })).rejects.toThrow("says no");
    await expect(auth.organizations.delete({ organizationId, actorId: userId })).rejects.toThrow("says no");
    expect(await database.rows(sql`select id from auth_organizations`)).toEqual([{ id: organizationId }]);
    expect(await auth.organizations.get({ organizationId, userId })).toMatchObject({ role: "owner" });
  });
});
