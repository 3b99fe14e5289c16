import { dayMs, hourMs } from "@revops/core";
import { forEachDatabase } from "@revops/testing/vitest";
import { sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { createInbox } from "../../test/inbox.ts";
import { openAuth, password, register } from "../../test/open-auth.ts";
import { foundOrganization } from "../../test/organization.ts";

const code = (code: string) => expect.objectContaining({ code });
const page = { limit: 20 };

async function openWithOrganization(open: Parameters<typeof openAuth>[0]) {
  const inbox = createInbox();
  const opened = await openAuth(open, { mail: inbox });
  const founded = await foundOrganization(opened.auth, inbox);
  const { invitations } = opened.auth.organizations;
  const invite = (email: string, role?: "owner" | "admin" | "member") =>
    invitations.create({ organizationId: founded.organizationId, actorId: founded.ada, email, role });
  return { ...opened, ...founded, inbox, invitations, invite };
}

forEachDatabase("invitations", (open) => {
  test("by letter, to one who registers later: the code is good once, and proves the address", async () => {
    const { auth, inbox, organization, organizationId, ada, invite, invitations, clock } =
      await openWithOrganization(open);
    const invitation = await invite(" Bob@Example.com ", "admin");
    expect(invitation).toEqual({
      id: expect.stringMatching(/^inv_/),
      organizationId,
      email: "bob@example.com",
      role: "admin",
      invitedBy: ada,
      createdAt: clock.now(),
      expiresAt: new Date(clock.now().getTime() + 7 * dayMs),
    });
    await expect
      .poll(() => inbox.letters.find(({ to }) => to === "bob@example.com")?.text)
      .toContain('join the organization "Analytical Engines" as admin');
    const letterCode = await inbox.codeFor("bob@example.com", /^Join Analytical Engines$/);
    expect(JSON.stringify(invitation)).not.toContain(letterCode);

    const bob = await register(auth, "bob@example.com");
    expect(bob.emailVerified).toBe(false);
    const joined = await invitations.accept({ userId: bob.id, code: letterCode });
    expect(joined).toEqual({ ...organization, role: "admin", joinedAt: clock.now() });
    expect((await auth.users.get(bob.id)).emailVerified).toBe(true);
    await expect(invitations.accept({ userId: bob.id, code: letterCode })).rejects.toEqual(code("invalid_code"));
    expect(await auth.organizations.get({ organizationId, userId: bob.id })).toMatchObject({ role: "admin" });
  });

  test("by letter, to one who registers with its code: a member from the start, or no user at all", async () => {
    const { auth, inbox, organizationId, invite, another } = await openWithOrganization(open);
    await invite("bob@example.com", "admin");
    const invitationCode = await inbox.codeFor("bob@example.com", /^Join/);
    const credentials = { email: "bob@example.com", password };
    for (const wrong of ["rvc_no-code", `rvc_${"x".repeat(43)}`]) {
      const registered = auth.users.register({ ...credentials, invitationCode: wrong });
      await expect(registered).rejects.toEqual(code("invalid_code"));
    }
    expect(await auth.users.findByEmail(credentials.email)).toBeNull();
    const bob = await auth.users.register({ ...credentials, invitationCode });
    expect(bob).toMatchObject({ email: credentials.email, emailVerified: true });
    expect(await auth.organizations.get({ organizationId, userId: bob.id })).toMatchObject({ role: "admin" });
    // The code that was used is worth nothing, and there is no second letter to prove what is proven.
    const again = another().users.register({ email: "eve@example.com", password, invitationCode });
    await expect(again).rejects.toEqual(code("invalid_code"));
    expect(inbox.letters.filter(({ to }) => to === bob.email)).toEqual([]);
  });

  test("by a letter to another address, who registers is a member, and their own address is still to be proven", async () => {
    const { auth, inbox, organizationId, invite } = await openWithOrganization(open);
    await invite("bob@work.example");
    const invitationCode = await inbox.codeFor("bob@work.example", /^Join/);
    const bob = await auth.users.register({ email: "bob@example.com", password, invitationCode });
    expect(bob.emailVerified).toBe(false);
    expect(await auth.organizations.get({ organizationId, userId: bob.id })).toMatchObject({ role: "member" });
    await auth.emails.verify({ code: await inbox.codeFor(bob.email, /^Verify/) });
  });

  test("without the code: only by the invited address, and only when it is verified", async () => {
    const { auth, inbox, organizationId, organization, invite, invitations } = await openWithOrganization(open);
    const bob = await register(auth, "bob@example.com");
    const { id: invitationId } = await invite(bob.email);
    const eve = await register(auth, "eve@example.com");
    const verify = async (email: string) => auth.emails.verify({ code: await inbox.codeFor(email, /^Verify/) });
    await verify(eve.email);
    expect((await invitations.listFor(eve.id, page)).data).toEqual([]);
    for (const use of [invitations.accept, invitations.decline]) {
      await expect(use({ userId: eve.id, invitationId })).rejects.toEqual(code("invitation_not_found"));
      await expect(use({ userId: bob.id, invitationId })).rejects.toEqual(code("email_not_verified"));
    }
    expect((await invitations.listFor(bob.id, page)).data).toEqual([]);
    await verify(bob.email);
    expect((await invitations.listFor(bob.id, page)).data).toMatchObject([
      { id: invitationId, organizationId, organizationName: organization.name, role: "member" },
    ]);
    expect(await invitations.accept({ userId: bob.id, invitationId })).toMatchObject({ role: "member" });
    await expect(invitations.accept({ userId: bob.id, invitationId })).rejects.toEqual(code("invitation_not_found"));

    const { id: second } = await invite("eve@example.com");
    await invitations.decline({ userId: eve.id, invitationId: second });
    await expect(invitations.accept({ userId: eve.id, invitationId: second })).rejects.toEqual(
      code("invitation_not_found"),
    );
  });

  test("with the code: whoever was given it, and another's address is not verified by that", async () => {
    const { auth, inbox, invite, invitations } = await openWithOrganization(open);
    await invite("office@example.com");
    const bob = await register(auth, "bob@example.com");
    const letterCode = await inbox.codeFor("office@example.com", /^Join/);
    expect(await invitations.accept({ userId: bob.id, code: letterCode })).toMatchObject({ role: "member" });
    expect((await auth.users.get(bob.id)).emailVerified).toBe(false);
  });

  test("one code, used many times at once in two instances, makes one member", async () => {
    const { auth, another, inbox, organizationId, ada, invite } = await openWithOrganization(open);
    const instances = [auth, another()];
    await invite("any@example.com");
    const letterCode = await inbox.codeFor("any@example.com", /^Join/);
    const users = await Promise.all(Array.from({ length: 8 }, (_, n) => register(auth, `u${n}@example.com`)));
    const uses = await Promise.allSettled(
      [...users, ...users].map(({ id: userId }, n) =>
        instances[n % 2]?.organizations.invitations.accept({ userId, code: letterCode }),
      ),
    );
    expect(uses.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const use of uses) if (use.status === "rejected") expect(use.reason).toEqual(code("invalid_code"));
    expect((await auth.organizations.members.list({ organizationId, actorId: ada }, page)).data).toHaveLength(2);
  });

  test("are over after seven days, when taken back, when sent again, and with their organization", async () => {
    const { auth, database, clock, inbox, organizationId, ada, invite, invitations } = await openWithOrganization(open);
    const bob = await register(auth, "bob@example.com");
    const asked = { organizationId, actorId: ada };
    const sent = async () => {
      const { id } = await invite(bob.email);
      return { id, code: await inbox.codeFor(bob.email, /^Join/) };
    };
    const isWorthless = (used: string) =>
      expect(invitations.accept({ userId: bob.id, code: used })).rejects.toEqual(code("invalid_code"));

    const first = await sent();
    const second = await sent();
    expect((await invitations.list(asked, page)).data.map(({ id }) => id)).toEqual([second.id]);
    await isWorthless(first.code);
    await invitations.revoke({ ...asked, invitationId: second.id });
    await isWorthless(second.code);
    await expect(invitations.revoke({ ...asked, invitationId: second.id })).rejects.toEqual(
      code("invitation_not_found"),
    );
    const third = await sent();
    clock.advance(7 * dayMs);
    await isWorthless(third.code);
    expect((await invitations.list(asked, page)).data).toEqual([]);
    await auth.sweep();
    for (const table of ["auth_invitations", "auth_invitation_codes"]) {
      expect(await database.rows(sql`select * from ${sql.identifier(table)}`)).toEqual([]);
    }
    const fourth = await sent();
    await auth.organizations.delete(asked);
    await isWorthless(fourth.code);
    expect(await database.rows(sql`select id from auth_invitations`)).toEqual([]);
    for (const wrong of ["", "rvc_", "x".repeat(100_000), `${fourth.code}x`]) await isWorthless(wrong);
  });

  test("nobody gives more than they have, nor invites who is there, nor fills a mailbox", async () => {
    const { auth, clock, inbox, organizationId, ada, invite, invitations } = await openWithOrganization(open);
    await invite("bob@example.com", "admin");
    const bob = await register(auth, "bob@example.com");
    await invitations.accept({ userId: bob.id, code: await inbox.codeFor(bob.email, /^Join/) });
    const byBob = { organizationId, actorId: bob.id };
    await expect(invitations.create({ ...byBob, email: "eve@example.com", role: "owner" })).rejects.toEqual(
      code("forbidden"),
    );
    await expect(invite("ada@example.com")).rejects.toEqual(code("already_member"));
    await expect(invite("no address")).rejects.toEqual(code("invalid_email"));
    await invite("office@example.com");
    const office = await inbox.codeFor("office@example.com", /^Join/);
    await expect(invitations.accept({ userId: ada, code: office })).rejects.toEqual(code("already_member"));
    const cy = await register(auth, "cy@example.com");
    await invitations.accept({ userId: cy.id, code: office });

    for (let letter = 0; letter < 5; letter++) await invite("dan@example.com");
    await expect(invite("dan@example.com")).rejects.toEqual(code("too_many_invitations"));
    clock.advance(hourMs);
    await invite("dan@example.com");
    for (let n = 1; n < 100; n++) await invite(`n${n}@example.com`);
    await expect(invite("n100@example.com")).rejects.toEqual(code("too_many_invitations"));
    await invite("n99@example.com");
  });

  test("an acceptance and the erasure of who accepts, at once, leave no member without an account", async () => {
    const { auth, another, inbox, organizationId, ada, invite } = await openWithOrganization(open);
    const elsewhere = another();
    for (let round = 0; round < 5; round++) {
      const user = await register(auth, `r${round}@example.com`);
      await invite(user.email);
      const letterCode = await inbox.codeFor(user.email, /^Join/);
      await Promise.allSettled([
        elsewhere.organizations.invitations.accept({ userId: user.id, code: letterCode }),
        auth.accounts.erase({ userId: user.id }),
      ]);
      await expect(auth.users.get(user.id)).rejects.toEqual(code("user_not_found"));
      await expect(auth.organizations.get({ organizationId, userId: user.id })).rejects.toEqual(
        code("organization_not_found"),
      );
    }
    expect((await auth.organizations.invitations.list({ organizationId, actorId: ada }, page)).data).toEqual([]);
  });
});
