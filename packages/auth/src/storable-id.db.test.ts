import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { openAuth, password, register } from "../test/open-auth.ts";

/** NUL is no text to PostgreSQL; what is no text at all comes from strangers to TypeScript. */
const odd = ["usr_\u0000", "usr_\ud800", 5 as unknown as string, null as unknown as string];

forEachDatabase("an id that no database can hold", (open) => {
  test("is nobody's, nor any object's, and owns nothing", async () => {
    const { auth } = await openAuth(open);
    const { id: subjectId } = await register(auth);
    const { organizations, apiKeys, sessions, oauth, users } = auth;
    for (const id of odd) {
      const asked = { organizationId: id, actorId: subjectId };
      const refusals: [string, () => Promise<unknown>][] = [
        ["user_not_found", () => users.get(id)],
        ["user_not_found", () => users.update(id, { name: "Eve" })],
        ["user_not_found", () => users.setRole(id, "admin")],
        ["user_not_found", () => auth.accounts.export({ userId: id })],
        ["user_not_found", () => auth.accounts.erase({ userId: id })],
        ["user_not_found", () => auth.emails.requestVerification(id)],
        ["user_not_found", () => organizations.create({ userId: id, name: "Eve's" })],
        ["user_not_found", () => organizations.invitations.listFor(id, { limit: 5 })],
        ["session_not_found", () => sessions.end({ userId: subjectId, sessionId: id })],
        ["api_key_not_found", () => apiKeys.revoke({ subjectId, keyId: id })],
        ["api_key_not_found", () => apiKeys.rotate({ subjectId: id, keyId: id })],
        ["invalid_subject_id", () => apiKeys.create({ subjectId: id, name: "ci" })],
        ["organization_not_found", () => organizations.get({ organizationId: id, userId: subjectId })],
        ["organization_not_found", () => organizations.members.list(asked, { limit: 5 })],
        ["organization_not_found", () => organizations.delete({ organizationId: id, actorId: null })],
        ["organization_not_found", () => organizations.rename({ ...asked, name: "Eve's" })],
        ["invitation_not_found", () => organizations.invitations.accept({ userId: subjectId, invitationId: id })],
        ["identity_not_found", () => oauth.identities.unlink({ userId: subjectId, provider: id })],
        ["invalid_code", () => oauth.exchange({ code: id })],
        ["invalid_code", () => auth.emails.verify({ code: id })],
        ["invalid_token", () => auth.tokens.verify(id)],
        ["invalid_api_key", () => auth.authenticate({ apiKey: id })],
        ["invalid_credentials", () => sessions.login({ email: id, password })],
        ["invalid_limits", () => apiKeys.create({ subjectId, name: "ci", rateLimits: { search: null as never } })],
      ];
      for (const [code, ask] of refusals) {
        await expect(ask(), `${JSON.stringify(id)} where ${code} is meant`).rejects.toMatchObject({ code });
      }
      const page = { limit: 5 };
      for (const list of [sessions.list, apiKeys.list, auth.audit.list, organizations.listOf]) {
        expect(await list(id, page)).toEqual({ data: [], next: null });
      }
      expect(await oauth.identities.list(id)).toEqual([]);
      await sessions.endAll({ userId: id });
      await auth.tokens.revoke(id, new Date());
    }
    // Who did it is said as well as it can be.
    await users.setRole(subjectId, "admin", undefined, { actorId: "\u0000" });
  });
});
