/** Licences that nobody signed for what they are shown for: each is refused, and the refusal says why. */
import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { expect, test } from "vitest";
import { writeClaims } from "./claims.ts";
import { type LicenseKeySet, type SignedLicense, verifyCertificate, verifyLicense } from "./license.ts";

const ours = generateKeyPairSync("ed25519");
const others = generateKeyPairSync("ed25519");
const publicJwk = (key: KeyObject, kid: string) => ({ ...key.export({ format: "jwk" }), kty: "OKP", kid });
const keys: LicenseKeySet = { keys: [publicJwk(ours.publicKey, "lk_1"), { kty: "RSA", kid: "rsa" }] };
const now = new Date("2026-11-25T12:00:00Z");
const second = now.getTime() / 1_000;

const license: SignedLicense = {
  licenseId: "lic_1",
  purchaseId: "pur_1",
  packageId: "pkg_1",
  slug: "tar-stream",
  subjectId: "usr_1",
  tier: "team",
  limits: { seats: 5 },
  versionsBelow: "3.0.0",
  fingerprint: "device-1",
  issuedAt: second,
  expiresAt: second + 86_400,
};
const header = { alg: "EdDSA", kid: "lk_1", typ: "revops-license+jwt" };
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

function make(head: unknown = header, body: unknown = writeClaims("license", license), key = ours.privateKey): string {
  const content = `${encode(head)}.${encode(body)}`;
  return `${content}.${sign(null, Buffer.from(content), key).toString("base64url")}`;
}
const good = make();
const [head = "", body = "", mark = ""] = good.split(".");
const options = { keys, now, package: "tar-stream", fingerprint: "device-1", version: "2.9.0" };
const faultOf = async (text: string, more: Partial<typeof options> & { toleranceSeconds?: number } = {}) => {
  const verdict = await verifyLicense(text, { ...options, ...more });
  return verdict.valid ? "valid" : verdict.fault;
};
const withClaims = (changes: object) => make(header, { ...writeClaims("license", license), ...changes });

test("a good one is believed, with all that it says", async () => {
  expect(await verifyLicense(good, options)).toEqual({ valid: true, claims: license });
  expect(await faultOf(good, { package: "pkg_1" })).toBe("valid");
});

test.for([null, undefined, 7, {}, []])(
  "%j, where a file was not there, is malformed and throws nothing",
  async (none) => {
    // As JavaScript without types would call it.
    expect(await faultOf(none as unknown as string)).toBe("malformed");
  },
);

test.for([null, undefined, {}, { keys: null }, []])(
  "%j as a key set is a mistake that is said, not a bad licence",
  async (none) => {
    await expect(verifyLicense(good, { ...options, keys: none as unknown as LicenseKeySet })).rejects.toThrow(
      /options\.keys/,
    );
  },
);

test("a key set with something else in it still has our key", async () => {
  const mixed = { keys: [null, ...keys.keys] } as unknown as LicenseKeySet;
  expect(await verifyLicense(good, { ...options, keys: mixed })).toEqual({ valid: true, claims: license });
});

/** The last character of 64 bytes in base64url has 4 bits that mean nothing; another spelling of the same bytes. */
const respelt = `${mark.slice(0, -1)}${String.fromCharCode(mark.charCodeAt(mark.length - 1) + 1)}`;
const flipped = (text: string, at: number) =>
  `${text.slice(0, at)}${text[at] === "A" ? "B" : "A"}${text.slice(at + 1)}`;

test.for<[name: string, text: string, fault: string]>([
  ["nothing", "", "malformed"],
  ["no signature", `${head}.${body}.`, "malformed"],
  ["no signature part", `${head}.${body}`, "malformed"],
  ["five parts", `${good}.a.b`, "malformed"],
  ["a blank in front", ` ${good}`, "malformed"],
  ["a line break at the end", `${good}\n`, "malformed"],
  ["padding", `${good}=`, "malformed"],
  ["base64 instead of base64url", `${head}.${body}.${"+".repeat(86)}`, "malformed"],
  ["a short signature", `${head}.${body}.${mark.slice(0, 85)}`, "malformed"],
  ["a long signature", `${head}.${body}.${mark}A`, "malformed"],
  ["the signature spelt otherwise", `${head}.${body}.${respelt}`, "malformed"],
  ["a signature of nothing", `${head}.${body}.${"A".repeat(86)}`, "bad_signature"],
  ["a changed signature", `${head}.${body}.${flipped(mark, 10)}`, "bad_signature"],
  ["a changed body", `${head}.${flipped(body, 20)}.${mark}`, "bad_signature"],
  [
    "another body",
    `${head}.${encode({ ...writeClaims("license", license), tier: "enterprise" })}.${mark}`,
    "bad_signature",
  ],
  ["the body of another licence", `${head}.${withClaims({ jti: "lic_2" }).split(".")[1]}.${mark}`, "bad_signature"],
  ["alg none", make({ ...header, alg: "none" }), "malformed"],
  ["alg None, unsigned", `${encode({ ...header, alg: "None" })}.${body}.`, "malformed"],
  ["alg HS256", make({ ...header, alg: "HS256" }), "malformed"],
  ["alg ES256", make({ ...header, alg: "ES256" }), "malformed"],
  ["alg eddsa in small letters", make({ ...header, alg: "eddsa" }), "malformed"],
  ["no alg", make({ kid: "lk_1", typ: header.typ }), "malformed"],
  ["alg as a list", make({ ...header, alg: ["EdDSA"] }), "malformed"],
  [
    "a key of its own in the header",
    make({ ...header, jwk: publicJwk(others.publicKey, "lk_1") }, undefined, others.privateKey),
    "malformed",
  ],
  ["an address of keys in the header", make({ ...header, jku: "https://evil.example/keys" }), "malformed"],
  ["a critical extension", make({ ...header, crit: ["exp"] }), "malformed"],
  ["b64 false", make({ ...header, b64: false }), "malformed"],
  ["a header that is a list", make([header]), "malformed"],
  ["a header that is null", make(null), "malformed"],
  ["a header that is no JSON", `${Buffer.from("{").toString("base64url")}.${body}.${mark}`, "malformed"],
  [
    "a header that is no UTF-8",
    `${Buffer.from([0x7b, 0xff, 0x7d]).toString("base64url")}.${body}.${mark}`,
    "malformed",
  ],
  ["a key of that name by another", make(header, undefined, others.privateKey), "bad_signature"],
  ["an unknown key", make({ ...header, kid: "lk_2" }), "unknown_key"],
  ["a key of another kind", make({ ...header, kid: "rsa" }), "unknown_key"],
  ["a key name that is a path", make({ ...header, kid: "../lk_1" }), "unknown_key"],
  ["a key name of the prototype", make({ ...header, kid: "__proto__" }), "unknown_key"],
  ["a key name that is a number", make({ ...header, kid: 1 }), "unknown_key"],
  ["a key name that is null", make({ ...header, kid: null }), "unknown_key"],
  ["a certificate", make({ ...header, typ: "revops-certificate+jwt" }), "wrong_type"],
  ["a plain JWT", make({ ...header, typ: "JWT" }), "wrong_type"],
  ["another spelling of the type", make({ ...header, typ: "REVOPS-LICENSE+JWT" }), "wrong_type"],
  ["expired", withClaims({ exp: second - 61 }), "expired"],
  ["issued tomorrow", withClaims({ iat: second + 86_400 }), "not_yet_valid"],
  ["an end that is a text", withClaims({ exp: `${second + 86_400}` }), "malformed"],
  ["an end that is no whole number", withClaims({ exp: second + 0.5 }), "malformed"],
  ["an end beyond all numbers", make(header, JSON.parse('{"exp":1e400}')), "malformed"],
  ["no end", withClaims({ exp: undefined }), "malformed"],
  ["no beginning", withClaims({ iat: undefined }), "malformed"],
  ["limits that are texts", withClaims({ limits: { seats: "5" } }), "malformed"],
  ["limits that are a list", withClaims({ limits: [5] }), "malformed"],
  ["a tier that is an object", withClaims({ tier: {} }), "malformed"],
  ["a body that is a text", make(header, "license"), "malformed"],
  ["an empty body", make(header, {}), "malformed"],
  ["another package", withClaims({ pkg: "pkg_2", slug: "zip-stream" }), "wrong_package"],
  ["another device", withClaims({ device: "device-2" }), "wrong_device"],
  ["a version past those it covers", withClaims({ below: "2.9.0" }), "version_not_covered"],
  ["a cover that is no version", withClaims({ below: "latest" }), "version_not_covered"],
  ["a megabyte", `${head}.${"A".repeat(1_000_000)}.${mark}`, "malformed"],
])("%s is refused", async ([, text, fault]) => {
  expect(text).not.toBe(good);
  expect(await faultOf(text)).toBe(fault);
});

test("two keys of one name are none: nobody chooses between them", async () => {
  const twice = { keys: [...keys.keys, publicJwk(others.publicKey, "lk_1")] };
  expect(await faultOf(good, { keys: twice })).toBe("unknown_key");
  expect(await faultOf(good, { keys: { keys: [{ kty: "OKP", crv: "Ed25519", kid: "lk_1", x: "AAAA" }] } })).toBe(
    "unknown_key",
  );
});

test("a clock may be off by the tolerance, both ways, and not by more", async () => {
  const at = (seconds: number) => ({ now: new Date((second + seconds) * 1_000) });
  expect(await faultOf(good, at(-60))).toBe("valid");
  expect(await faultOf(good, at(-61))).toBe("not_yet_valid");
  expect(await faultOf(good, at(86_400 + 59))).toBe("valid");
  expect(await faultOf(good, at(86_400 + 60))).toBe("expired");
  expect(await faultOf(good, { ...at(86_400), toleranceSeconds: 0 })).toBe("expired");
  expect(await faultOf(good, { now: new Date(Number.NaN) })).toBe("not_yet_valid");
});

test.for([
  ["2.9.9", "3.0.0", true],
  ["3.0.0-rc.1", "3.0.0", true],
  ["3.0.0", "3.0.0", false],
  ["3.0.1", "3.0.0", false],
  ["10.0.0", "9.0.0", false],
  ["9.0.0", "10.0.0", true],
  ["1.0.0-alpha", "1.0.0-alpha.1", true],
  ["1.0.0-alpha.2", "1.0.0-alpha.10", true],
  ["1.0.0-10", "1.0.0-a", true],
  ["1.0.0-b", "1.0.0-a", false],
  ["1.0.0+a", "1.0.0+b", false],
  ["latest", "3.0.0", false],
  ["", "3.0.0", false],
] as const)("version %s under one that ends before %s: %s", async ([version, below, covered]) => {
  expect(await faultOf(withClaims({ below }), { version })).toBe(covered ? "valid" : "version_not_covered");
});

test("a certificate is one, and no licence", async () => {
  const certificate = {
    certificateId: "cert_1",
    packageId: "pkg_1",
    title: "SHACL",
    holder: "Ada",
    subjectId: "usr_1",
    issuedAt: second,
    expiresAt: null,
  };
  const text = make({ ...header, typ: "revops-certificate+jwt" }, writeClaims("certificate", certificate));
  expect(await verifyCertificate(text, { keys, now })).toEqual({ valid: true, claims: certificate });
  expect(await verifyCertificate(good, { keys, now })).toEqual({ valid: false, fault: "wrong_type" });
  expect(await faultOf(text)).toBe("wrong_type");
});

test("every single changed character of a good one is refused", async () => {
  for (let at = 0; at < good.length; at++) expect(await faultOf(flipped(good, at)), `at ${at}`).not.toBe("valid");
});
