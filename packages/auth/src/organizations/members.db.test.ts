import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { createInbox } from "../../test/inbox.ts";
import { openAuth, register } from "../../test/open-auth.ts";
import { foundOrganization, join } from "../../test/organization.ts";
import type { Auth } from "../index.ts";

const code = (code: string) => expect.objectContaining({ code });
const page = { limit: 20 };

async function rolesIn(auth: Auth, organizationId: string) {
  const { data } = await auth.organizations.members.list({ organizationId, actorId: null }, { limit: 100 });
  return Object.fromEntries(data.map(({ email, role }) => [email.split("@")[0], role]));
}

forEachDatabase("members of an organization", (open) => {
  test("are listed with who they are, page by page", async () => {
    const inbox = createInbox();
    const { auth, clock } = await openAuth(open, { mail: inbox });
    const { organizationId, ada, idOf } = await foundOrganization(auth, inbox, { bob: "admin", cy: "member" });
    const asked = { organizationId, actorId: idOf("cy") };
    const first = await auth.organizations.members.list(asked, { limit: 2 });
    expect(first.data[0]).toEqual({
      userId: ada,
      email: "ada@example.com",
      name: "Ada",
      role: "owner",
      joinedAt: clock.now(),
    });
    const rest = await auth.organizations.members.list(asked, { limit: 2, after: first.next ?? "" });
    expect([...first.data, ...rest.data].map(({ role }) => role)).toEqual(["owner", "admin", "member"]);
    expect(rest.next).toBeNull();
  });

  test("change roles and remove one another by rank, and oneself always", async () => {
    const inbox = createInbox();
    const { auth } = await openAuth(open, { mail: inbox });
    const { organizationId, idOf } = await foundOrganization(auth, inbox, {
      bob: "admin",
      ben: "admin",
      cy: "member",
      dan: "member",
    });
    const { setRole, remove } = auth.organizations.members;
    const by = (actor: string, name: string) => ({ organizationId, actorId: idOf(actor), userId: idOf(name) });
    await expect(setRole({ ...by("cy", "dan"), role: "admin" })).rejects.toEqual(code("forbidden"));
    await expect(setRole({ ...by("cy", "cy"), role: "admin" })).rejects.toEqual(code("forbidden"));
    await expect(setRole({ ...by("bob", "bob"), role: "owner" })).rejects.toEqual(code("forbidden"));
    await expect(setRole({ ...by("bob", "ada"), role: "member" })).rejects.toEqual(code("forbidden"));
    await expect(remove(by("cy", "dan"))).rejects.toEqual(code("forbidden"));
    await expect(remove(by("bob", "ada"))).rejects.toEqual(code("forbidden"));
    await expect(remove(by("ada", "nobody"))).rejects.toEqual(code("member_not_found"));
    await expect(setRole({ ...by("ada", "nobody"), role: "admin" })).rejects.toEqual(code("member_not_found"));
    await expect(setRole({ ...by("ada", "cy"), role: "root" as "admin" })).rejects.toEqual(code("invalid_role"));

    await setRole({ ...by("bob", "cy"), role: "admin" });
    await setRole({ ...by("bob", "ben"), role: "member" });
    await setRole({ ...by("bob", "bob"), role: "admin" });
    await remove(by("bob", "dan"));
    await remove(by("ben", "ben"));
    expect(await rolesIn(auth, organizationId)).toEqual({ ada: "owner", bob: "admin", cy: "admin" });
    const log = (await auth.organizations.audit({ organizationId, actorId: idOf("ada") }, page)).data;
    expect(log.slice(0, 4).map(({ action, actorId, target, role }) => [action, actorId, target, role])).toEqual([
      ["organization.member_left", idOf("ben"), idOf("ben"), null],
      ["organization.member_removed", idOf("bob"), idOf("dan"), null],
      ["organization.member_role_changed", idOf("bob"), idOf("ben"), { from: "admin", to: "member" }],
      ["organization.member_role_changed", idOf("bob"), idOf("cy"), { from: "member", to: "admin" }],
    ]);
    const joined = log.filter(({ action }) => action === "organization.member_added");
    expect(joined.map(({ role }) => role?.to).sort()).toEqual(["admin", "admin", "member", "member"]);
  });

  test("the last owner neither leaves nor steps down, but hands over", async () => {
    const inbox = createInbox();
    const { auth } = await openAuth(open, { mail: inbox });
    const { organizationId, ada, idOf } = await foundOrganization(auth, inbox, { bob: "member" });
    const { setRole, remove, transferOwnership } = auth.organizations.members;
    const asked = { organizationId, actorId: ada };
    await expect(remove({ ...asked, userId: ada })).rejects.toEqual(code("last_owner"));
    await expect(setRole({ ...asked, userId: ada, role: "admin" })).rejects.toEqual(code("last_owner"));
    await expect(transferOwnership({ ...asked, userId: "usr_nobody" })).rejects.toEqual(code("member_not_found"));
    await expect(transferOwnership({ organizationId, actorId: idOf("bob"), userId: idOf("bob") })).rejects.toEqual(
      code("forbidden"),
    );
    await transferOwnership({ ...asked, userId: ada });
    expect(await rolesIn(auth, organizationId)).toEqual({ ada: "owner", bob: "member" });
    await transferOwnership({ ...asked, userId: idOf("bob") });
    expect(await rolesIn(auth, organizationId)).toEqual({ ada: "admin", bob: "owner" });
    await remove({ ...asked, userId: ada });
    expect(await rolesIn(auth, organizationId)).toEqual({ bob: "owner" });
  });

  test("however owners leave, step down or are removed at once, in two instances, one stays", async () => {
    const inbox = createInbox();
    const { auth, another } = await openAuth(open, { mail: inbox });
    const instances = [auth, another()];
    const owners = { o1: "owner", o2: "owner", o3: "owner", o4: "owner", o5: "owner" } as const;
    const { organizationId, ada, idOf } = await foundOrganization(auth, inbox, owners);
    const people = [ada, ...Object.keys(owners).map(idOf)];
    // Everybody leaves, steps down, and removes their neighbour, all at the same time.
    const acts = people.flatMap((userId, n) => {
      const { members } = (instances[n % 2] ?? auth).organizations;
      const neighbour = people[(n + 1) % people.length] ?? "";
      return [
        members.remove({ organizationId, actorId: userId, userId }),
        members.setRole({ organizationId, actorId: userId, userId, role: "member" }),
        members.remove({ organizationId, actorId: userId, userId: neighbour }),
      ];
    });
    const outcomes = await Promise.allSettled(acts);
    const refusals = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason.code] : []));
    expect(refusals.filter((refusal) => refusal === "last_owner").length).toBeGreaterThan(0);
    const possible = ["last_owner", "organization_not_found", "member_not_found", "forbidden"];
    expect(refusals.filter((refusal) => !possible.includes(refusal))).toEqual([]);
    const left = Object.values(await rolesIn(auth, organizationId));
    expect(left.filter((role) => role === "owner")).toHaveLength(1);
  });

  test("of two owners who leave at the same moment one may, round after round", async () => {
    const inbox = createInbox();
    const { auth, another } = await openAuth(open, { mail: inbox });
    const elsewhere = another();
    const ada = await register(auth);
    const bob = await register(auth, "bob@example.com");
    for (let round = 0; round < 8; round++) {
      const { id: organizationId } = await auth.organizations.create({ userId: ada.id, name: `Round ${round}` });
      // Another address each time: one gets a few letters an hour.
      await auth.organizations.invitations.create({
        organizationId,
        actorId: ada.id,
        email: `b${round}@example.com`,
        role: "owner",
      });
      const letterCode = await inbox.codeFor(`b${round}@example.com`, /^Join/);
      await auth.organizations.invitations.accept({ userId: bob.id, code: letterCode });
      const outcomes = await Promise.allSettled([
        auth.organizations.members.remove({ organizationId, actorId: ada.id, userId: ada.id }),
        elsewhere.organizations.members.remove({ organizationId, actorId: bob.id, userId: bob.id }),
      ]);
      expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
      expect(Object.values(await rolesIn(auth, organizationId))).toEqual(["owner"]);
    }
  });

  test("with a member go their keys and what they invited; what others made stays", async () => {
    const inbox = createInbox();
    const { auth } = await openAuth(open, { mail: inbox });
    const { organizationId, ada, idOf } = await foundOrganization(auth, inbox, { bob: "admin" });
    const made = (name: string) =>
      auth.apiKeys.create({ subjectId: organizationId, actorId: idOf(name), name: `by ${name}` });
    const [adas, bobs, kept] = [await made("ada"), await made("bob"), await made("bob")];
    expect(bobs).toMatchObject({ subjectId: organizationId, createdBy: idOf("bob") });
    const rotated = await auth.apiKeys.rotate({ subjectId: organizationId, keyId: kept.id, actorId: ada });
    for (const { key } of [adas, bobs, rotated]) await auth.authenticate({ apiKey: key });
    await auth.organizations.invitations.create({ organizationId, actorId: idOf("bob"), email: "bob2@example.com" });
    await auth.organizations.invitations.create({ organizationId, actorId: ada, email: "eve@example.com" });

    await auth.organizations.members.remove({ organizationId, actorId: ada, userId: idOf("bob") });
    await expect(auth.authenticate({ apiKey: bobs.key })).rejects.toEqual(code("invalid_api_key"));
    for (const { key } of [adas, rotated]) {
      expect(await auth.authenticate({ apiKey: key })).toMatchObject({ subjectId: organizationId, userId: ada });
    }
    const keys = (await auth.apiKeys.list(organizationId, page)).data;
    expect(keys.filter(({ revokedAt }) => revokedAt === null).map(({ createdBy }) => createdBy)).toEqual([ada, ada]);
    const open_ = (await auth.organizations.invitations.list({ organizationId, actorId: ada }, page)).data;
    expect(open_.map(({ email }) => email)).toEqual(["eve@example.com"]);
    const log = (await auth.organizations.audit({ organizationId, actorId: ada }, page)).data;
    expect(log).toContainEqual(expect.objectContaining({ action: "api_key.revoked", actorId: ada, target: bobs.id }));
  });

  test("who steps down keeps only invitations that they could still send", async () => {
    const inbox = createInbox();
    const { auth } = await openAuth(open, { mail: inbox });
    const { organizationId, ada, idOf } = await foundOrganization(auth, inbox, { bob: "owner" });
    for (const role of ["owner", "admin", "member"] as const) {
      const email = `${role}@example.com`;
      await auth.organizations.invitations.create({ organizationId, actorId: idOf("bob"), email, role });
    }
    const roles = async () =>
      (await auth.organizations.invitations.list({ organizationId, actorId: ada }, page)).data.map(({ role }) => role);
    const { setRole } = auth.organizations.members;
    await setRole({ organizationId, actorId: ada, userId: idOf("bob"), role: "admin" });
    expect(await roles()).toEqual(["admin", "member"]);
    await setRole({ organizationId, actorId: ada, userId: idOf("bob"), role: "member" });
    expect(await roles()).toEqual([]);
  });

  test("a key is made by an admin under the lock: whoever is removed at that moment leaves none behind", async () => {
    const inbox = createInbox();
    const { auth, another } = await openAuth(open, { mail: inbox });
    const elsewhere = another();
    const { organizationId, ada, idOf } = await foundOrganization(auth, inbox, { cy: "member" });
    const subjectId = organizationId;
    await expect(auth.apiKeys.create({ subjectId, actorId: idOf("cy"), name: "k" })).rejects.toEqual(code("forbidden"));
    await expect(auth.apiKeys.create({ subjectId, name: "k" })).rejects.toEqual(code("organization_not_found"));
    const eve = await register(auth, "eve@example.com");
    await expect(auth.apiKeys.create({ subjectId, actorId: eve.id, name: "k" })).rejects.toEqual(
      code("organization_not_found"),
    );
    for (let round = 0; round < 5; round++) {
      const user = await register(auth, `r${round}@example.com`);
      await join(auth, inbox, { organizationId, actorId: ada, role: "admin", user });
      await Promise.allSettled([
        ...Array.from({ length: 4 }, () => elsewhere.apiKeys.create({ subjectId, actorId: user.id, name: "k" })),
        auth.organizations.members.remove({ organizationId, actorId: ada, userId: user.id }),
      ]);
      const keys = (await auth.apiKeys.list(subjectId, { limit: 100 })).data;
      expect(keys.filter(({ createdBy, revokedAt }) => createdBy === user.id && revokedAt === null)).toEqual([]);
    }
  });

  test("a key is ended by an admin, an owner or the program, and by nobody else", async () => {
    const inbox = createInbox();
    const { auth } = await openAuth(open, { mail: inbox });
    const others = { bob: "admin", cy: "member" } as const;
    const { organizationId: subjectId, ada, idOf } = await foundOrganization(auth, inbox, others);
    const { id: stranger } = await register(auth, "eve@example.com");
    const make = async () => (await auth.apiKeys.create({ subjectId, actorId: ada, name: "ci" })).id;
    const revoke = (keyId: string, actorId?: string) => auth.apiKeys.revoke({ subjectId, keyId, actorId });
    const keyId = await make();
    await expect(revoke(keyId, idOf("cy"))).rejects.toEqual(code("forbidden"));
    await expect(revoke(keyId, stranger)).rejects.toEqual(code("organization_not_found"));
    expect((await auth.apiKeys.list(subjectId, page)).data).toMatchObject([{ revokedAt: null }]);
    await revoke(keyId, idOf("bob"));
    await revoke(await make(), ada);
    await revoke(await make());
    expect((await auth.apiKeys.list(subjectId, page)).data.every(({ revokedAt }) => revokedAt !== null)).toBe(true);
  });
});
