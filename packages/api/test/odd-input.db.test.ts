/** What no client means: the same refusal on both databases, never a 5xx, on every auth route that takes a body or a path. */
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { register, startApi } from "./service.ts";

const password = "correct horse battery";
const newPassword = "incorrect zebra capacitor";
const code = `rvc_${"A".repeat(43)}`;

/** Every member of every body, with a value that is fine as such. */
const bodies: Record<string, Record<string, unknown>> = {
  "POST /auth/register": { email: "new@example.com", password, name: "New" },
  "POST /auth/login": { email: "nobody@example.com", password },
  "POST /auth/refresh": { refreshToken: `rvf_${"A".repeat(43)}` },
  "POST /auth/validate": { token: "a.b.c" },
  "POST /auth/password": { currentPassword: password, newPassword },
  "POST /auth/password/forgot": { email: "nobody@example.com" },
  "POST /auth/password/reset": { code, newPassword },
  "POST /auth/email/verify": { code },
  "POST /auth/email/change": { email: "new@example.com", password },
  "POST /auth/email/confirm": { code },
  "POST /auth/oauth/exchange": { code: `rvo_${"A".repeat(43)}` },
  "POST /auth/identities/github": { password, redirectTo: "https://app.example.com" },
  "PATCH /auth/me": { name: "Ada" },
  "POST /auth/keys": { name: "ci", scopes: ["billing:read"], expiresAt: "2100-01-01T00:00:00.000Z" },
  "POST /auth/keys/key_1/rotate": { overlapSeconds: 1 },
};

/** By name: what stands in place of a member's value. */
const odd: Record<string, unknown> = {
  NUL: "nul\u0000 horse battery",
  "a lone surrogate": "\ud800 horse battery",
  "a number": 12345678,
  "a list": ["correct horse battery"],
  "an object": { $ne: "" },
  true: true,
};

forEachDatabase("odd input on the auth routes", (open) => {
  test("is refused as what it is: text that is none, wrong types, unknown members, megabytes, no JSON", async () => {
    const service = await startApi(open);
    const { session } = await register(service, "ada");
    const send = async (route: string, raw: string) => {
      const [method = "", path = ""] = route.split(" ");
      const headers = { ...session, "content-type": "application/json" };
      const { status, body } = await service.call(method, path, { headers, raw });
      return `${status} ${body?.code}`;
    };
    for (const [route, good] of Object.entries(bodies)) {
      for (const member of Object.keys(good)) {
        for (const [name, value] of Object.entries(odd)) {
          // A list is what scopes are; that it holds none of them is another thing to say.
          const answer = await send(route, JSON.stringify({ ...good, [member]: value }));
          expect(answer, `${route}: ${member} is ${name}`).toMatch(/^422 (validation_failed|invalid_scope)$/);
        }
      }
      expect(await send(route, JSON.stringify({ ...good, role: "admin" })), route).toBe("422 validation_failed");
      expect(await send(route, `{"__proto__":{"role":"admin"},${JSON.stringify(good).slice(1)}`), route).toMatch(/^4/);
      expect(await send(route, JSON.stringify([good])), route).toBe("422 validation_failed");
      expect(await send(route, "{"), route).toBe("400 invalid_json");
      const megabyte = JSON.stringify({ ...good, [Object.keys(good)[0] ?? ""]: "x".repeat(1_000_000) });
      expect(await send(route, megabyte), route).toBe("413 payload_too_large");
    }
  });

  test("of what a password may be is told by code, alike for changing and resetting one", async () => {
    const service = await startApi(open);
    const weak = async (given: string) => {
      const body = { email: "new@example.com", password: given };
      const { status, body: answer } = await service.call("POST", "/auth/register", { body });
      return `${status} ${answer.code}`;
    };
    expect(await weak("short")).toBe("422 validation_failed");
    expect(await weak("password1234")).toBe("422 weak_password");
    expect(await weak("new@example.com")).toBe("422 weak_password");
    expect(await weak("x".repeat(1_025))).toBe("422 weak_password");
    expect(await weak("é".repeat(600))).toBe("422 weak_password");
    expect(await weak("x".repeat(5_001))).toBe("422 validation_failed");
    expect(await weak("x y".repeat(341))).toBe("201 undefined");
  });

  test("in paths and queries is not found or refused", async () => {
    const service = await startApi(open);
    const { session: headers } = await register(service, "ada");
    const call = async (method: string, path: string) => {
      const { status, body } = await service.call(method, path, { headers });
      return `${status} ${body?.code}`;
    };
    for (const id of ["%00", "%ED%A0%80", "..%2f", "key_1'%20or%201=1", "x".repeat(300)]) {
      for (const route of ["POST /auth/keys/@/revoke", "DELETE /auth/sessions/@", "DELETE /auth/identities/@"]) {
        const [method = "", path = ""] = route.split(" ");
        expect(await call(method, path.replace("@", id)), `${route} ${id}`).toMatch(/^40[04] /);
      }
    }
    for (const query of ["limit=0", "limit=101", "limit=a", "limit=1&limit=2", "sort=x", "userId=%00"])
      expect(await call("GET", `/auth/audit?${query}`), query).toMatch(/^422 validation_failed$/);
    expect(await call("GET", "/auth/audit?cursor=AAAA")).toBe("400 invalid_cursor");
  });
});
