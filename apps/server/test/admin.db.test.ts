/** `ADMIN_EMAIL`: who reads that address is an admin, and nobody else. */
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { client, eventually } from "./client.ts";
import { startServer } from "./server.ts";

const password = "correct horse battery";
const email = "ada@example.com";

async function codeFor(url: string, to: string): Promise<string> {
  let code: string | undefined;
  await eventually(async () => {
    const outbox = await fetch(`${url}/dev/outbox`, { headers: { accept: "application/json" } });
    const { data } = (await outbox.json()) as { data: { to: string; text: string }[] };
    code = /rvc_\S+/.exec(data.find((letter) => letter.to === to)?.text ?? "")?.[0];
    expect(code).toBeDefined();
  });
  return code ?? "";
}

forEachDatabase("a server that is told of an admin", (open) => {
  test("believes the address only when it is verified, at once and for the tokens that there are", async () => {
    const { url: databaseUrl } = await open();
    const { url, service } = await startServer({ databaseUrl, environment: { ADMIN_EMAIL: "ADA@example.com" } });
    const eve = await client(url).post("/auth/register", { email: "eve@example.com", password }, 201);
    const ada = await client(url).post("/auth/register", { email, password }, 201);
    const as = (signedIn: { accessToken: string }) => client(url, { authorization: `Bearer ${signedIn.accessToken}` });
    expect(ada.user.role).toBe("user");
    await as(ada).get(`/auth/audit?userId=${eve.user.id}`, 403);
    for (const to of ["eve@example.com", email])
      await client(url).post("/auth/email/verify", { code: await codeFor(url, to) }, 204);
    expect(await as(ada).get("/auth/me", 200)).toMatchObject({ role: "admin", emailVerified: true });
    expect(await as(eve).get("/auth/me", 200)).toMatchObject({ role: "user", emailVerified: true });
    expect((await as(ada).get(`/auth/audit?userId=${eve.user.id}`, 200)).data[0].userId).toBe(eve.user.id);

    // A server that is told later finds who has verified it before.
    await service.stop();
    const later = await startServer({ databaseUrl, environment: { ADMIN_EMAIL: "eve@example.com" } });
    expect((await later.service.auth.users.get(eve.user.id)).role).toBe("admin");
  });
});
