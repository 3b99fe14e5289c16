/** Letters of a local server: where one reads them without a mail server. */
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { client, eventually } from "./client.ts";
import { startServer } from "./server.ts";

forEachDatabase("the local outbox", (open) => {
  test("brings the codes of a new account and of a forgotten password", async () => {
    const { url } = await startServer({ databaseUrl: (await open()).url });
    const api = client(url);
    const credentials = { email: "ada@example.com", password: "correct horse battery" };
    await api.post("/auth/register", credentials, 201);
    await api.post("/auth/password/forgot", { email: credentials.email }, 202);
    const codes: Record<string, string> = {};
    await eventually(async () => {
      const response = await fetch(`${url}/dev/outbox`, { headers: { accept: "application/json" } });
      const { data } = (await response.json()) as { data: { to: string; subject: string; text: string }[] };
      expect(data.map(({ to }) => to)).toEqual([credentials.email, credentials.email]);
      for (const { subject, text } of data) codes[subject] = /rvc_\S+/.exec(text)?.[0] ?? "";
    });
    await api.post("/auth/email/verify", { code: codes["Verify your e-mail address"] }, 204);
    const newPassword = "incorrect zebra capacitor";
    await api.post("/auth/password/reset", { code: codes["Reset your password"], newPassword }, 204);
    const signedIn = await api.post("/auth/login", { ...credentials, password: newPassword }, 200);
    expect(signedIn.user.emailVerified).toBe(true);
    expect(await (await fetch(`${url}/dev/outbox`)).text()).toContain("Your password was changed");
  });
});
