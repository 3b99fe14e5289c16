/** Tokens that were forged, malformed or have ended, sent over HTTP in each way there is. */
import { forgedTokens } from "@revops/testing";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { register, secret, startApi } from "./service.ts";

forEachDatabase("over HTTP", (open) => {
  test("no forged, malformed or expired token is taken, and none is a failure of ours", async () => {
    const service = await startApi(open);
    const { id } = await register(service, "ada");
    const user = await service.auth.users.get(id);
    const { claims } = await service.auth.tokens.issue({ user, sessionId: "ses_1" });
    const { attacks, good } = forgedTokens({ secret, claims: { ...claims } });
    const ended = forgedTokens({ secret, claims: { ...claims, iat: claims.iat - 1_000, exp: claims.iat - 1 } }).good;
    const all = [...Object.values(attacks).flat(), ...Object.entries(ended)];
    expect(new Set(all.map(([, token]) => token)).size).toBeGreaterThan(120);

    const bearer = (token: string) =>
      fetch(`${service.url}/auth/me`, { headers: { authorization: `Bearer ${token}` } });
    expect((await bearer(good.usual)).status).toBe(200);
    for (const [name, token] of all) {
      const { status, body } = await service.call("POST", "/auth/validate", { body: { token } });
      if (status === 200) expect(body.valid, name).toBe(false);
      else expect(status, name).toBeLessThan(500);
      // What is no header field value, or another one once its ends are trimmed, cannot be sent so.
      if (!/^[\x21-\x7e]+( [\x21-\x7e]+)*$/.test(token)) continue;
      const answer = await bearer(token);
      expect([401, 431], name).toContain(answer.status);
      await answer.arrayBuffer();
    }
  });

  test("the key set of a server with a secret is empty, at the root, for anyone", async () => {
    const { url } = await startApi(open);
    const answer = await fetch(new URL("/.well-known/jwks.json", url));
    expect([answer.status, await answer.json()]).toEqual([200, { keys: [] }]);
    expect(answer.headers.get("cache-control")).toBe("public, max-age=300");
  });
});
