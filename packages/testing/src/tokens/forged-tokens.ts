/** Tokens that no server may take, by people who know its secret: only what is wrong with the token itself is left to refuse. */
import { createHmac, generateKeyPairSync, sign } from "node:crypto";

/** What a good token of the server says and what it is signed with. */
export interface ForgedTokensOptions {
  readonly secret: string;
  /** The claims of a good token, `iat` a second ago or later and `exp` after it; `iss` and `aud` are the server's. */
  readonly claims: Readonly<Record<string, unknown>> & { readonly iat: number; readonly exp: number };
}

export interface ForgedTokens {
  /** By kind: name and token. */
  readonly attacks: Readonly<Record<string, readonly (readonly [string, string])[]>>;
  /** Good ones, that what was forged from them is not refused for something else. */
  readonly good: { readonly usual: string; readonly turned: string; readonly spare: string };
}

export function forgedTokens({ secret, claims }: ForgedTokensOptions): ForgedTokens {
  const encode = (value: unknown) =>
    Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
  const signed = (input: string, key = secret, hash = "sha256") =>
    `${input}.${createHmac(hash, key).update(input).digest("base64url")}`;

  /** What every forger is given: our secret. Only what is wrong with the token itself is left to refuse it. */
  const forge = (header: unknown, payload: unknown) => signed(`${encode(header)}.${encode(payload)}`);

  const header = { alg: "HS256", typ: "at+jwt" };
  const second = claims.iat;
  const text = JSON.stringify(claims);
  const without = (name: string) => Object.fromEntries(Object.entries(claims).filter(([key]) => key !== name));
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  const pem = publicKey.export({ type: "spki", format: "pem" }).toString();
  const rsaInput = `${encode({ alg: "RS256", typ: "at+jwt" })}.${encode(claims)}`;
  const byRsa = `${rsaInput}.${sign("sha256", Buffer.from(rsaInput), privateKey).toString("base64url")}`;
  const valid = forge(header, claims);
  const [validHeader = "", validPayload = "", validSignature = ""] = valid.split(".");
  /** The last letter of 32 bytes carries four bits; the two below them decode to nothing. */
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const sameBytes = validSignature.slice(0, -1) + alphabet.charAt(alphabet.indexOf(validSignature.slice(-1)) ^ 1);

  /** Claims whose last letter has bits to spare (their length is no multiple of three), signed in another spelling. */
  const spare = encode({ ...claims, name: "x".repeat(3 - ((text.length + '"name":"",'.length) % 3) + 1) });
  const respelt = spare.slice(0, -1) + alphabet.charAt(alphabet.indexOf(spare.slice(-1)) ^ 1);

  const attacks: Record<string, [string, string][]> = {
    "the algorithm": [
      ["none, unsigned", `${encode({ alg: "none", typ: "at+jwt" })}.${validPayload}.`],
      ["none, unsigned, without the last dot", `${encode({ alg: "none", typ: "at+jwt" })}.${validPayload}`],
      ["none with our signature", forge({ alg: "none", typ: "at+jwt" }, claims)],
      ["None", forge({ alg: "None", typ: "at+jwt" }, claims)],
      ["HS256 without a signature", `${validHeader}.${validPayload}.`],
      ["hs256", forge({ alg: "hs256", typ: "at+jwt" }, claims)],
      ["HS384", signed(`${encode({ alg: "HS384", typ: "at+jwt" })}.${validPayload}`, secret, "sha384")],
      ["HS512", signed(`${encode({ alg: "HS512", typ: "at+jwt" })}.${validPayload}`, secret, "sha512")],
      ["RS256", byRsa],
      ["a public key as our secret", signed(`${validHeader}.${validPayload}`, pem)],
      ["a list", forge({ alg: ["HS256"], typ: "at+jwt" }, claims)],
      ["missing", forge({ typ: "at+jwt" }, claims)],
    ],
    "the header": [
      ["typ JWT", forge({ alg: "HS256", typ: "JWT" }, claims)],
      ["typ of a refresh token", forge({ alg: "HS256", typ: "rt+jwt" }, claims)],
      ["typ in capitals", forge({ alg: "HS256", typ: "AT+JWT" }, claims)],
      ["no typ", forge({ alg: "HS256" }, claims)],
      ["kid", forge({ ...header, kid: "1" }, claims)],
      ["kid of a file", forge({ ...header, kid: "../../dev/null" }, claims)],
      ["jku", forge({ ...header, jku: "https://evil.example/jwks.json" }, claims)],
      ["x5u", forge({ ...header, x5u: "https://evil.example/cert" }, claims)],
      ["x5c", forge({ ...header, x5c: ["MIIB"] }, claims)],
      ["jwk", forge({ ...header, jwk: { kty: "oct", k: "AA" } }, claims)],
      ["an unknown crit", forge({ ...header, crit: ["exp"], exp: 1 }, claims)],
      ["an empty crit", forge({ ...header, crit: [] }, claims)],
      ["b64", forge({ ...header, b64: false, crit: ["b64"] }, claims)],
      ["zip", forge({ ...header, zip: "DEF" }, claims)],
      ["cty", forge({ ...header, cty: "JWT" }, claims)],
      ["alg twice, the good one last", forge('{"alg":"none","typ":"at+jwt","alg":"HS256"}', claims)],
      ["alg twice, the good one first", forge('{"alg":"HS256","typ":"at+jwt","alg":"none"}', claims)],
      ["typ twice", forge('{"alg":"HS256","typ":"JWT","typ":"at+jwt"}', claims)],
      ["alg spelt with an escape", forge('{"\\u0061lg":"HS256","typ":"at+jwt"}', claims)],
      ["__proto__", forge('{"__proto__":{"alg":"HS256"},"typ":"at+jwt"}', claims)],
      ["white space", forge('{"alg": "HS256","typ":"at+jwt"}', claims)],
      ["a list", forge([header], claims)],
      ["null", forge("null", claims)],
      ["a number", forge("1", claims)],
      ["no JSON", forge("{", claims)],
      ["empty", signed(`.${validPayload}`)],
    ],
    "the form": [
      ["nothing", ""],
      ["one dot", "."],
      ["two dots", ".."],
      ["a fourth part", `${valid}.x`],
      ["five parts, as of an encrypted token", `${valid}.x.y`],
      ["white space in front", ` ${valid}`],
      ["a line end behind", `${valid}\n`],
      ["a padded header", signed(`${validHeader}==.${validPayload}`)],
      ["a padded payload", signed(`${validHeader}.${validPayload}=`)],
      ["claims of the same bytes in another spelling, signed", signed(`${validHeader}.${respelt}`)],
      ["a padded signature", `${valid}=`],
      ["a signature of the same bytes in another spelling", `${validHeader}.${validPayload}.${sameBytes}`],
      [
        "base64 in place of base64url",
        `${validHeader}.${validPayload}.${Buffer.from(validSignature, "base64url").toString("base64")}`,
      ],
      [
        "white space that the decoder would skip",
        `${validHeader}.${validPayload}.${validSignature.slice(0, 9)} ${validSignature.slice(9)}`,
      ],
      ["a character that the decoder would skip", `${validHeader}.${validPayload}.${validSignature}*`],
      ["half a signature", valid.slice(0, -20)],
      ["a signature of zeros", `${validHeader}.${validPayload}.${"A".repeat(43)}`],
      ["another secret", signed(`${validHeader}.${validPayload}`, `${secret}!`)],
      ["an empty secret", signed(`${validHeader}.${validPayload}`, "")],
      ["another's payload", `${validHeader}.${encode({ ...claims, sub: "usr_2" })}.${validSignature}`],
      ["64 KB", forge(header, { ...claims, filler: "x".repeat(65_536) })],
      ["a megabyte of dots", ".".repeat(1_000_000)],
      ["a payload that is no JSON", forge(header, "{")],
      ["a payload that is text", forge(header, '"ada"')],
      ["a payload that is null", forge(header, "null")],
      ["a payload that is a list", forge(header, [claims])],
      ["an empty payload", signed(`${validHeader}.`)],
      ["a claim twice", forge(header, text.replace("{", '{"sub":"usr_2",'))],
      ["a claim twice, one with an escape", forge(header, text.replace("{", '{"s\\u0075b":"usr_2",'))],
      [
        "a payload that is not UTF-8",
        signed(`${validHeader}.${Buffer.from(`${text.slice(0, -1)},"a":"\xff"}`, "latin1").toString("base64url")}`),
      ],
    ],
    "the claims": [
      ...Object.keys(claims).map((name): [string, string] => [`no ${name}`, forge(header, without(name))]),
      ...["sub", "email", "tier", "jti", "sid", "iss", "aud"].flatMap((name): [string, string][] =>
        ([1, null, "", {}, ["x"], true, "x".repeat(600)] as const).map((value) => [
          `${name} ${JSON.stringify(value).slice(0, 12)}`,
          forge(header, { ...claims, [name]: value }),
        ]),
      ),
      ...["iat", "exp"].flatMap((name): [string, string][] =>
        [String(claims.exp), null, -1, 0, claims.exp + 0.5, [claims.exp], { seconds: 1 }, true, 2 ** 60].map(
          (value) => [`${name} ${JSON.stringify(value)}`, forge(header, { ...claims, [name]: value })],
        ),
      ),
      ["an epoch below zero", forge(header, { ...claims, epoch: -1 })],
      ["an epoch as text", forge(header, { ...claims, epoch: "0" })],
      ["exp 1e999", forge(header, text.replace(`"exp":${claims.exp}`, '"exp":1e999'))],
      ["scopes as text", forge(header, { ...claims, scopes: "*" })],
      ["scopes of numbers", forge(header, { ...claims, scopes: [1] })],
      ["a thousand scopes", forge(header, { ...claims, scopes: Array.from({ length: 1_000 }, () => "a") })],
      ["another issuer", forge(header, { ...claims, iss: "evil" })],
      ["another audience", forge(header, { ...claims, aud: "evil" })],
      ["two audiences", forge(header, { ...claims, aud: ["revops", "evil"] })],
      ["issued in the future", forge(header, { ...claims, iat: second + 60, exp: second + 900 })],
      ["valid from the future on", forge(header, { ...claims, nbf: second + 60 })],
      ["nbf as text", forge(header, { ...claims, nbf: String(second) })],
      ["an end before its beginning", forge(header, { ...claims, iat: second + 20, exp: second + 10 })],
    ],
  };
  const turned = forge({ typ: "at+jwt", alg: "HS256" }, claims);
  return { attacks, good: { usual: valid, turned, spare: signed(`${validHeader}.${spare}`) } };
}
