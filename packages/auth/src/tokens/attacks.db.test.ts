import { createSecretKey, generateKeyPairSync } from "node:crypto";
import { forgedTokens } from "@revops/testing";
import { forEachDatabase } from "@revops/testing/vitest";
import { beforeAll, describe, expect, test } from "vitest";
import { openAuth, secret } from "../../test/open-auth.ts";
import { type Auth, createAuth } from "../index.ts";

const iat = Date.parse("2026-03-01T12:00:00Z") / 1_000;
const claims = {
  sub: "usr_1",
  email: "ada@example.com",
  tier: "free",
  epoch: 0,
  scopes: ["*"],
  jti: "tok_1",
  sid: "ses_1",
  iss: "revops",
  aud: "revops",
  iat,
  exp: iat + 900,
};
const { attacks, good } = forgedTokens({ secret, claims });
const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });

test("the list is long enough to mean something", () => {
  const all = Object.values(attacks).flat();
  expect(new Set(all.map(([, token]) => token)).size).toBe(all.length);
  expect(all.length).toBeGreaterThan(120);
});

forEachDatabase("a token is refused for", (open) => {
  let auth: Auth;
  beforeAll(async () => {
    const cleaning: (() => Promise<void>)[] = [];
    ({ auth } = await openAuth(open, {}, (clean) => cleaning.unshift(clean)));
    return async () => {
      for (const clean of cleaning) await clean();
    };
  });

  test("nothing, when it is as ours are", async () => {
    // Turned is its header; spare is what the respelt attack is a respelling of: another text of the same bytes.
    for (const token of Object.values(good)) expect(await auth.tokens.verify(token)).toEqual(claims);
  });

  for (const [kind, tokens] of Object.entries(attacks)) {
    describe(kind, () => {
      test.each(tokens)("%s", async (_name, token) => {
        await expect(auth.tokens.verify(token)).rejects.toEqual(expect.objectContaining({ code: "invalid_token" }));
        await expect(auth.authenticate({ bearer: token })).rejects.toEqual(
          expect.objectContaining({ code: "invalid_token" }),
        );
      });
    });
  }

  test("not being text", async () => {
    for (const wrong of [undefined, null, 1, {}, [good.usual]] as unknown as string[]) {
      await expect(auth.tokens.verify(wrong)).rejects.toEqual(expect.objectContaining({ code: "invalid_token" }));
    }
  });

  test("a secret that is too short to be one, when auth is made", async () => {
    const { database } = await openAuth(open);
    for (const short of ["", "x".repeat(31), createSecretKey(Buffer.alloc(31)), privateKey, publicKey]) {
      expect(() => createAuth({ database, tokens: { secret: short } })).toThrow(
        expect.objectContaining({ code: "invalid_configuration" }),
      );
    }
  });
});
