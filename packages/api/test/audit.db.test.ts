/** The audit log over HTTP. */
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { register, startApi } from "./service.ts";

forEachDatabase("the audit log over HTTP", (open) => {
  test("shows one's own entries with where they came from, in pages, and no secret", async () => {
    const { call } = await startApi(open);
    const credentials = { email: "ada@example.com", password: "correct horse battery" };
    const agent = { "user-agent": "the browser of Ada" };
    const { body: signedIn } = await call("POST", "/auth/register", { body: credentials, headers: agent });
    const headers = { ...agent, authorization: `Bearer ${signedIn.accessToken}` };
    const { body: made } = await call("POST", "/auth/keys", { headers, body: { name: "ci" } });
    await call("POST", `/auth/keys/${made.id}/revoke`, { headers });
    const first = await call("GET", "/auth/audit?limit=2", { headers });
    const second = await call("GET", `/auth/audit?limit=2&cursor=${first.body.nextCursor}`, { headers });
    const entries = [...first.body.data, ...second.body.data];
    expect(entries.map(({ action, target }) => [action, target])).toEqual([
      ["api_key.revoked", made.id],
      ["api_key.created", made.id],
      ["session.opened", expect.stringMatching(/^ses_/)],
      ["user.registered", null],
    ]);
    const from = { userId: signedIn.user.id, actorId: signedIn.user.id, userAgent: agent["user-agent"] };
    expect(entries[0]).toMatchObject({ ...from, address: expect.stringContaining("127.0.0.1") });
    expect(JSON.stringify(entries)).not.toContain(made.key.slice(-20));
  });

  test("shows another's entries to an admin only, and a cursor of one list opens no other", async () => {
    const service = await startApi(open);
    const [ada, eve] = [await register(service, "ada"), await register(service, "eve")];
    const of = (userId: string, rest = "") =>
      service.call("GET", `/auth/audit?userId=${userId}${rest}`, { headers: eve.session });
    expect([(await of(ada.id)).status, (await of(ada.id)).body.code]).toEqual([403, "forbidden"]);
    expect((await of(eve.id)).body.data[0].userId).toBe(eve.id);
    await service.auth.users.setRole(eve.id, "admin");
    expect((await of(ada.id)).body.data.map(({ userId }: { userId: string }) => userId)).toEqual([ada.id, ada.id]);
    const { nextCursor } = (await of(eve.id, "&limit=1")).body;
    expect((await of(ada.id, `&cursor=${nextCursor}`)).body.code).toBe("invalid_cursor");
  });
});
