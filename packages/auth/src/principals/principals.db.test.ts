import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { createInbox } from "../../test/inbox.ts";
import { openAuth, register, withinASecond } from "../../test/open-auth.ts";
import { foundOrganization, join } from "../../test/organization.ts";
import { hasScope } from "../index.ts";

const code = (code: string) => expect.objectContaining({ code });

forEachDatabase("authenticating", (open) => {
  test("a session and a key of a user are that user, each with what it may do", async () => {
    const { auth } = await openAuth(open);
    const user = await register(auth);
    const { accessToken } = await auth.sessions.open(user);
    const { id: keyId, key } = await auth.apiKeys.create({ subjectId: user.id, name: "ci", scopes: ["billing:read"] });
    const who = { subjectId: user.id, userId: user.id, email: user.email, role: "user", organization: null };
    const session = await auth.authenticate({ bearer: accessToken });
    expect(session).toMatchObject({ ...who, scopes: ["*"], credential: { kind: "session" } });
    const byKey = { ...who, scopes: ["billing:read"], credential: { kind: "api_key", keyId } };
    expect(await auth.authenticate({ apiKey: key })).toEqual(byKey);
    expect(await auth.authenticate({ bearer: key })).toEqual(byKey);
    expect(await auth.authenticate({ bearer: key, apiKey: key })).toEqual(byKey);
    expect(await auth.authenticate({ bearer: accessToken, apiKey: key })).toEqual(session);
  });

  test("a key that may do everything still manages no keys", async () => {
    const { auth } = await openAuth(open);
    const user = await register(auth);
    const { key } = await auth.apiKeys.create({ subjectId: user.id, name: "ci" });
    const principal = await auth.authenticate({ apiKey: key });
    expect(hasScope(principal, "billing:write")).toBe(true);
    expect(hasScope(principal, "keys:manage")).toBe(false);
    const { accessToken } = await auth.sessions.open(user);
    expect(hasScope(await auth.authenticate({ bearer: accessToken }), "keys:manage")).toBe(true);
  });

  test("two credentials of two users are refused, whichever way round", async () => {
    const { auth } = await openAuth(open);
    const [ada, eve] = [await register(auth), await register(auth, "eve@example.com")];
    const { accessToken } = await auth.sessions.open(ada);
    const { key: adas } = await auth.apiKeys.create({ subjectId: ada.id, name: "ci" });
    const { key: eves } = await auth.apiKeys.create({ subjectId: eve.id, name: "ci" });
    for (const bearer of [accessToken, adas]) {
      await expect(auth.authenticate({ bearer, apiKey: eves })).rejects.toEqual(code("ambiguous_credentials"));
    }
  });

  test("a good credential does not cover for a bad one beside it", async () => {
    const { auth } = await openAuth(open);
    const user = await register(auth);
    const { accessToken } = await auth.sessions.open(user);
    const { id: keyId, key } = await auth.apiKeys.create({ subjectId: user.id, name: "ci" });
    await auth.apiKeys.revoke({ subjectId: user.id, keyId });
    const both = auth.authenticate({ bearer: accessToken, apiKey: key });
    await expect(both).rejects.toEqual(code("invalid_api_key"));
    const { key: good } = await auth.apiKeys.create({ subjectId: user.id, name: "ci" });
    await expect(auth.authenticate({ bearer: "x.y.z", apiKey: good })).rejects.toEqual(code("invalid_token"));
  });

  test("no credential, and a key of nobody, are told apart from a wrong one", async () => {
    const { auth } = await openAuth(open);
    await expect(auth.authenticate({})).rejects.toEqual(code("missing_credentials"));
    await expect(auth.authenticate({ bearer: "" })).rejects.toEqual(code("invalid_token"));
    const { key } = await auth.apiKeys.create({ subjectId: "usr_gone", name: "ci" });
    await expect(auth.authenticate({ apiKey: key })).rejects.toEqual(code("invalid_api_key"));
  });
});

forEachDatabase("acting for an organization", (open) => {
  async function openOrganization() {
    const inbox = createInbox();
    const opened = await openAuth(open, { mail: inbox });
    const { auth } = opened;
    const founded = await foundOrganization(auth, inbox, { bob: "admin", cy: "member" });
    const sessionOf = async (name: string) =>
      (await auth.sessions.open(await auth.users.get(founded.idOf(name)))).accessToken;
    return { ...opened, ...founded, inbox, sessionOf };
  }

  test("a session chooses one of its user's, and is the member that the user is now", async () => {
    const { auth, another, organizationId, ada, idOf, sessionOf } = await openOrganization();
    const elsewhere = another();
    elsewhere.start();
    const bearer = await sessionOf("cy");
    const own = { subjectId: idOf("cy"), userId: idOf("cy"), organization: null };
    const chosen = { bearer, organization: organizationId };
    const as = (role: string) => ({ subjectId: organizationId, userId: idOf("cy"), organization: { role } });
    for (const instance of [auth, elsewhere]) {
      expect(await instance.authenticate({ bearer })).toMatchObject(own);
      for (let again = 0; again < 2; again++) expect(await instance.authenticate(chosen)).toMatchObject(as("member"));
    }
    const change = { organizationId, actorId: ada, userId: idOf("cy") };
    await auth.organizations.members.setRole({ ...change, role: "admin" });
    expect(await auth.authenticate(chosen)).toMatchObject(as("admin"));
    await withinASecond(async () => expect(await elsewhere.authenticate(chosen)).toMatchObject(as("admin")));

    await auth.organizations.members.remove(change);
    await expect(auth.authenticate(chosen)).rejects.toEqual(code("organization_not_found"));
    await withinASecond(() => expect(elsewhere.authenticate(chosen)).rejects.toEqual(code("organization_not_found")));
    for (const instance of [auth, elsewhere]) expect(await instance.authenticate({ bearer })).toMatchObject(own);
  });

  test("what is nobody's or somebody else's is the same, and nothing that a header can hold does harm", async () => {
    const { auth, organizationId } = await openOrganization();
    const eve = await register(auth, "eve@example.com");
    const { accessToken: bearer } = await auth.sessions.open(eve);
    const strange = ["", "org_", "org_01jd3v8k2m0123456789abcdef", `${organizationId}, ${organizationId}`, eve.id];
    for (const organization of [organizationId, ...strange, "nul\u0000", "x".repeat(20_000)]) {
      await expect(auth.authenticate({ bearer, organization })).rejects.toEqual(code("organization_not_found"));
    }
  });

  test("a key of it acts for it by itself, for as long and as far as who made it may", async () => {
    const { auth, another, organizationId, ada, idOf } = await openOrganization();
    const elsewhere = another();
    elsewhere.start();
    await auth.users.setRole(idOf("bob"), "admin");
    const made = await auth.apiKeys.create({ subjectId: organizationId, actorId: idOf("bob"), name: "ci" });
    const apiKey = made.key;
    const as = (role: string) => ({
      subjectId: organizationId,
      userId: idOf("bob"),
      role: "user",
      organization: { id: organizationId, role },
      credential: { kind: "api_key", keyId: made.id },
    });
    for (const instance of [auth, elsewhere]) {
      expect(await instance.authenticate({ apiKey })).toMatchObject(as("admin"));
      expect(await instance.authenticate({ bearer: apiKey, organization: organizationId })).toMatchObject(as("admin"));
    }
    const change = { organizationId, actorId: ada, userId: idOf("bob") };
    await auth.organizations.members.setRole({ ...change, role: "member" });
    expect(await auth.authenticate({ apiKey })).toMatchObject(as("member"));
    await withinASecond(async () => expect(await elsewhere.authenticate({ apiKey })).toMatchObject(as("member")));
    await auth.organizations.members.remove(change);
    await expect(auth.authenticate({ apiKey })).rejects.toEqual(code("invalid_api_key"));
    await withinASecond(() => expect(elsewhere.authenticate({ apiKey })).rejects.toEqual(code("invalid_api_key")));
  });

  test("a key chooses nothing, and two credentials of one person for two who pay are refused", async () => {
    const { auth, organizationId, ada, sessionOf } = await openOrganization();
    const { key: own } = await auth.apiKeys.create({ subjectId: ada, name: "own" });
    const { key: theirs } = await auth.apiKeys.create({ subjectId: organizationId, actorId: ada, name: "theirs" });
    const bearer = await sessionOf("ada");
    const other = await auth.organizations.create({ userId: ada, name: "Other" });
    for (const credential of [{ apiKey: own }, { bearer: own }]) {
      await expect(auth.authenticate({ ...credential, organization: organizationId })).rejects.toEqual(
        code("forbidden"),
      );
    }
    await expect(auth.authenticate({ apiKey: theirs, organization: other.id })).rejects.toEqual(code("forbidden"));
    await expect(auth.authenticate({ bearer, apiKey: theirs })).rejects.toEqual(code("ambiguous_credentials"));
    const both = { bearer, apiKey: own, organization: organizationId };
    await expect(auth.authenticate(both)).rejects.toEqual(code("ambiguous_credentials"));
    expect(await auth.authenticate({ bearer, apiKey: theirs, organization: organizationId })).toMatchObject({
      subjectId: organizationId,
      credential: { kind: "session" },
    });
  });

  test("its end ends its keys and sessions in it at once, within a second elsewhere", async () => {
    const { auth, another, organizationId, ada, sessionOf } = await openOrganization();
    const elsewhere = another();
    elsewhere.start();
    const { key: apiKey } = await auth.apiKeys.create({ subjectId: organizationId, actorId: ada, name: "ci" });
    const chosen = { bearer: await sessionOf("cy"), organization: organizationId };
    for (const instance of [auth, elsewhere]) {
      await instance.authenticate({ apiKey });
      await instance.authenticate(chosen);
    }
    await auth.organizations.delete({ organizationId, actorId: ada });
    const refused = async (instance: typeof auth) => {
      await expect(instance.authenticate({ apiKey })).rejects.toEqual(code("invalid_api_key"));
      await expect(instance.authenticate(chosen)).rejects.toEqual(code("organization_not_found"));
    };
    await refused(auth);
    await withinASecond(() => refused(elsewhere));
  });

  test("who comes back after a removal does not bring their old keys back", async () => {
    const { auth, inbox, organizationId, ada, idOf } = await openOrganization();
    const { key: apiKey } = await auth.apiKeys.create({ subjectId: organizationId, actorId: idOf("bob"), name: "ci" });
    await auth.authenticate({ apiKey });
    await auth.organizations.members.remove({ organizationId, actorId: ada, userId: idOf("bob") });
    const user = await auth.users.get(idOf("bob"));
    await join(auth, inbox, { organizationId, actorId: ada, role: "owner", user });
    await expect(auth.authenticate({ apiKey })).rejects.toEqual(code("invalid_api_key"));
  });
});
