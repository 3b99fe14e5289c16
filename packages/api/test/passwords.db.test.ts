/** Passwords over HTTP: guessed, changed. */
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { register, startApi } from "./service.ts";

const password = "correct horse battery";

forEachDatabase("passwords over HTTP", (open) => {
  test("guessing is answered alike for a known and an unknown address, then refused with Retry-After", async () => {
    const service = await startApi(open);
    await register(service, "ada");
    const guess = (email: string) =>
      service.call("POST", "/auth/login", { body: { email, password: "wrong horse battery" } });
    const told = ({ status, headers, body }: Awaited<ReturnType<typeof guess>>) => ({
      status,
      retryAfter: headers.get("retry-after"),
      body: { ...body, requestId: null },
    });
    const [known, unknown] = [[], []] as ReturnType<typeof told>[][];
    for (let tried = 0; tried < 11; tried++) {
      known?.push(told(await guess("ada@example.com")));
      unknown?.push(told(await guess("nobody@example.com")));
    }
    expect(known).toEqual(unknown);
    expect(known?.map(({ status }) => status)).toEqual([...Array(10).fill(401), 429]);
    expect(known?.at(-1)).toMatchObject({ retryAfter: "1", body: { code: "too_many_attempts" } });
  });

  test("a change needs the old one, keeps the session that asks and no other", async () => {
    const service = await startApi(open);
    const ada = await register(service, "ada");
    const { accessToken } = await service.auth.sessions.open(await service.auth.users.get(ada.id));
    const elsewhere = { authorization: `Bearer ${accessToken}` };
    const change = (body: object) => service.call("POST", "/auth/password", { headers: ada.session, body });
    const newPassword = "incorrect zebra capacitor";
    const wrong = await change({ currentPassword: "wrong", newPassword });
    expect([wrong.status, wrong.body.code]).toEqual([401, "invalid_credentials"]);
    const weak = await change({ currentPassword: password, newPassword: "password1" });
    expect([weak.status, weak.body.code]).toEqual([422, "weak_password"]);
    expect((await change({ currentPassword: password, newPassword, userId: "usr_1" })).status).toBe(422);
    expect((await change({ currentPassword: password, newPassword })).status).toBe(204);
    expect((await service.call("GET", "/auth/me", { headers: elsewhere })).body.code).toBe("token_revoked");
    expect((await service.call("GET", "/auth/me", { headers: ada.session })).status).toBe(200);
    const login = (password: string) =>
      service.call("POST", "/auth/login", { body: { email: "ada@example.com", password } });
    expect([(await login(password)).status, (await login(newPassword)).status]).toEqual([401, 200]);
  });
});
