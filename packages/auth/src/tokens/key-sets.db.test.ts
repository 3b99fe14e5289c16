import { createHmac, generateKeyPairSync } from "node:crypto";
import { forEachDatabase } from "@revops/testing/vitest";
import jsonwebtoken from "jsonwebtoken";
import { expect, test } from "vitest";
import { openAuth, register, secret } from "../../test/open-auth.ts";
import type { TokenKeyInput } from "../index.ts";
import { readTokenKeys } from "./key.ts";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2_048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const rsaKey: TokenKeyInput = { kid: "2026-01", algorithm: "RS256", key: rsa.privateKey };
const ecKey: TokenKeyInput = { kid: "2026-02", algorithm: "ES256", key: ec.privateKey };
const refused = (code: string) => expect.objectContaining({ code });
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const headerOf = (token: string) => JSON.parse(Buffer.from(token.split(".")[0] ?? "", "base64url").toString());

forEachDatabase("a key set", (open) => {
  test.each([rsaKey, ecKey])("signs with $algorithm, and its public half verifies elsewhere", async (input) => {
    const { auth } = await openAuth(open, { tokens: { keys: [input] } });
    const { token, claims } = await auth.tokens.issue({ user: await register(auth), sessionId: "ses_1" });
    expect(headerOf(token)).toEqual({ alg: input.algorithm, typ: "at+jwt", kid: input.kid });
    expect(await auth.tokens.verify(token)).toEqual(claims);
    const [jwk] = auth.tokens.publicKeys().keys;
    expect(jwk).toMatchObject({ kid: input.kid, alg: input.algorithm, use: "sig" });
    if (!jwk) throw new Error("no key");
    const { kid: _kid, alg: _alg, use: _use, ...publicHalf } = jwk;
    expect(Object.keys(publicHalf).filter((name) => ["d", "p", "q", "dp", "dq", "qi", "k"].includes(name))).toEqual([]);
  });

  test("rotates without refusing a token: the new key is known, then signs, and the old one goes when its tokens have", async () => {
    const { auth, another } = await openAuth(open, { tokens: { keys: [rsaKey] } });
    const user = await register(auth);
    const old = await auth.tokens.issue({ user, sessionId: "ses_1" });
    const prepared = another({ tokens: { keys: [rsaKey, { ...ecKey, key: ec.publicKey }] } });
    const turned = another({ tokens: { keys: [rsaKey, ecKey], signWith: "2026-02" } });
    const fresh = await turned.tokens.issue({ user, sessionId: "ses_1" });
    expect(headerOf(fresh.token)).toMatchObject({ kid: "2026-02" });
    for (const each of [prepared, turned]) {
      expect(await each.tokens.verify(old.token)).toEqual(old.claims);
      expect(await each.tokens.verify(fresh.token)).toEqual(fresh.claims);
    }
    const done = another({ tokens: { keys: [ecKey] } });
    expect(await done.tokens.verify(fresh.token)).toEqual(fresh.claims);
    await expect(done.tokens.verify(old.token)).rejects.toEqual(refused("invalid_token"));
  });

  test("takes over from a secret: tokens of both are good, and a server with a secret alone publishes nothing", async () => {
    const { auth, another } = await openAuth(open);
    const { token, claims } = await auth.tokens.issue({ user: await register(auth), sessionId: "ses_1" });
    expect(auth.tokens.publicKeys()).toEqual({ keys: [] });
    const turned = another({ tokens: { secret, keys: [rsaKey], signWith: "2026-01" } });
    expect(await turned.tokens.verify(token)).toEqual(claims);
    expect(turned.tokens.publicKeys().keys).toHaveLength(1);
  });

  test("is no way in: a kid and an algorithm that do not belong together, a public key as a secret, a stranger's key", async () => {
    const keys = [rsaKey, ecKey];
    const { auth } = await openAuth(open, { tokens: { secret, keys } });
    const { claims } = await auth.tokens.issue({ user: await register(auth), sessionId: "ses_1" });
    const hmac = (header: object, key: string | Buffer) => {
      const input = `${encode(header)}.${encode(claims)}`;
      return `${input}.${createHmac("sha256", key).update(input).digest("base64url")}`;
    };
    const signed = (header: object, key = rsa.privateKey, algorithm: "RS256" | "PS256" | "RS512" | "ES256" = "RS256") =>
      jsonwebtoken.sign(claims, key, { algorithm, header: { alg: algorithm, ...header } });
    const typ = "at+jwt";
    const pem = rsa.publicKey.export({ type: "spki", format: "pem" });
    const der = rsa.publicKey.export({ type: "spki", format: "der" });
    const stranger = generateKeyPairSync("rsa", { modulusLength: 2_048 }).privateKey;
    const good = signed({ typ, kid: "2026-01" });
    const attacks = [
      hmac({ alg: "HS256", typ, kid: "2026-01" }, secret),
      hmac({ alg: "HS256", typ, kid: "2026-01" }, pem),
      hmac({ alg: "HS256", typ, kid: "2026-01" }, der),
      hmac({ alg: "HS256", typ, kid: null }, secret),
      hmac({ alg: "RS256", typ, kid: "2026-01" }, pem),
      hmac({ alg: "none", typ, kid: "2026-01" }, secret),
      signed({ typ }),
      signed({ typ, kid: "2026-02" }),
      signed({ typ, kid: "2026-03" }),
      signed({ typ, kid: "" }),
      signed({ typ: "JWT", kid: "2026-01" }),
      signed({ typ, kid: "2026-01", jku: "https://evil.example" } as object),
      signed({ typ, kid: "2026-01" }, stranger),
      signed({ typ, kid: "2026-01" }, rsa.privateKey, "PS256"),
      signed({ typ, kid: "2026-01" }, rsa.privateKey, "RS512"),
      signed({ typ, kid: "2026-01" }, ec.privateKey, "ES256"),
      `${good}=`,
      good.slice(0, -4),
      `${encode({ alg: "RS256", typ, kid: ["2026-01"] })}.${good.split(".").slice(1).join(".")}`,
    ];
    expect(await auth.tokens.verify(good)).toEqual(claims);
    for (const token of attacks) await expect(auth.tokens.verify(token)).rejects.toEqual(refused("invalid_token"));
  });
});

test("a key that is too short, of another kind, named twice or unable to sign stops auth from being made", () => {
  const short = generateKeyPairSync("rsa", { modulusLength: 1_024 }).privateKey;
  const curve = generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey;
  const wrong = [
    {},
    { keys: [{ ...rsaKey, key: short }] },
    { keys: [{ ...ecKey, key: curve }] },
    { keys: [{ ...rsaKey, key: ec.privateKey }] },
    { keys: [{ ...rsaKey, key: "no PEM" }] },
    { keys: [{ ...rsaKey, kid: "a b" }] },
    { keys: [rsaKey, { ...ecKey, kid: rsaKey.kid }] },
    { keys: [{ ...rsaKey, key: rsa.publicKey }] },
    { keys: [rsaKey], signWith: "unknown" },
  ];
  for (const options of wrong) expect(() => readTokenKeys(options)).toThrow(refused("invalid_configuration"));
  const pem = rsa.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  expect(readTokenKeys({ keys: [{ ...rsaKey, key: pem }] }).signing.kid).toBe("2026-01");
});
