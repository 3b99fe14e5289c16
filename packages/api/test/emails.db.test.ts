/** Letters over HTTP: codes that verify, reset and change. */
import type { Mail } from "@revops/auth";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { register, startApi } from "./service.ts";

const password = "correct horse battery";
const newPassword = "incorrect zebra capacitor";

forEachDatabase("letters over HTTP", (open) => {
  test("a forgotten password: the same answer for everyone, a code for one, all sessions ended", async () => {
    const letters: Mail[] = [];
    const service = await startApi(open, { mail: { send: async (mail) => void letters.push(mail) } });
    const { call } = service;
    const ada = await register(service, "ada");
    const forgot = (email: string) => call("POST", "/auth/password/forgot", { body: { email } });
    const [known, unknown] = [await forgot("ada@example.com"), await forgot("nobody@example.com")];
    expect([known.status, known.bytes.length]).toEqual([202, 0]);
    expect([unknown.status, unknown.bytes.length]).toEqual([202, 0]);
    const sent = () => letters.find(({ subject }) => subject === "Reset your password");
    await expect.poll(sent, { timeout: 10_000 }).toBeDefined();
    const code = /rvc_\S+/.exec(sent()?.text ?? "")?.[0];
    expect(letters.map(({ to }) => to)).not.toContain("nobody@example.com");

    const reset = (body: object) => call("POST", "/auth/password/reset", { body });
    const verified = await call("POST", "/auth/email/verify", { body: { code } });
    expect([verified.status, verified.body.code]).toEqual([422, "invalid_code"]);
    expect((await reset({ code, newPassword: "password" })).body.code).toBe("weak_password");
    expect((await reset({ code, newPassword })).status).toBe(204);
    expect((await reset({ code, newPassword })).body.code).toBe("invalid_code");
    expect((await call("GET", "/auth/me", { headers: ada.session })).body.code).toBe("token_revoked");
    const body = { email: "ada@example.com", password: newPassword };
    expect((await call("POST", "/auth/login", { body })).body.user.emailVerified).toBe(true);
  });

  test("an address is verified and changed by who reads it", async () => {
    const letters: Mail[] = [];
    const service = await startApi(open, { mail: { send: async (mail) => void letters.push(mail) } });
    const { call } = service;
    const { session: headers } = await register(service, "ada");
    const codeIn = async (subject: string) => {
      const sent = () => letters.findLast((letter) => letter.subject === subject);
      await expect.poll(sent, { timeout: 10_000 }).toBeDefined();
      return /rvc_\S+/.exec(sent()?.text ?? "")?.[0];
    };
    expect((await call("GET", "/auth/me", { headers })).body.emailVerified).toBe(false);
    expect((await call("POST", "/auth/email/verification", { headers })).status).toBe(202);
    const verification = { code: await codeIn("Verify your e-mail address") };
    expect((await call("POST", "/auth/email/verify", { body: verification })).status).toBe(204);
    expect((await call("GET", "/auth/me", { headers })).body.emailVerified).toBe(true);

    const change = (given: string) =>
      call("POST", "/auth/email/change", { headers, body: { email: "countess@example.com", password: given } });
    expect((await change("wrong horse")).body.code).toBe("invalid_credentials");
    expect((await change(password)).status).toBe(202);
    const confirmation = { code: await codeIn("Confirm your new e-mail address") };
    expect((await call("POST", "/auth/email/confirm", { body: confirmation })).status).toBe(204);
    expect((await call("POST", "/auth/email/confirm", { body: confirmation })).body.code).toBe("invalid_code");
    expect((await call("GET", "/auth/me", { headers })).body.email).toBe("countess@example.com");
  });
});
