import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { openAuth, register } from "../../test/open-auth.ts";
import { hasScope } from "../index.ts";

const code = (code: string) => expect.objectContaining({ code });

forEachDatabase("authenticating", (open) => {
  test("a session and a key of a user are that user, each with what it may do", async () => {
    const { auth } = await openAuth(open);
    const user = await register(auth);
    const { accessToken } = await auth.sessions.open(user);
    const { id: keyId, key } = await auth.apiKeys.create({ subjectId: user.id, name: "ci", scopes: ["billing:read"] });
    const who = { subjectId: user.id, userId: user.id, email: user.email, role: "user" };
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
