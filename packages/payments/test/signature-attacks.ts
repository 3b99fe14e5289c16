/** Deliveries that Stripe never made, each close to one that it did. */
import { createHmac } from "node:crypto";
import { webhookSecret } from "./names.ts";

export interface Attack {
  readonly name: string;
  readonly raw: Buffer;
  readonly signature: string | string[] | undefined;
}

export function eventBody(id: string, type = "customer.tax_id.created"): Buffer {
  return Buffer.from(
    JSON.stringify({ id, object: "event", type, created: 1_700_000_000, data: { object: { id: "x_1" } } }),
  );
}

export function hmac(text: string | Buffer, secret = webhookSecret): string {
  return createHmac("sha256", secret).update(text).digest("hex");
}

export function signed(body: Buffer, seconds: number | string, secret = webhookSecret): string {
  return `t=${seconds},v1=${hmac(Buffer.concat([Buffer.from(`${seconds}.`), body]), secret)}`;
}

/** Every attack, with what they are variations of: a body, its good signature, and one with a second that is rolled out. */
export function signatureAttacks(at: Date) {
  const now = Math.floor(at.getTime() / 1_000);
  const body = eventBody("evt_attack");
  const text = body.toString();
  const good = signed(body, now);
  const v1 = good.split("v1=")[1] ?? "";
  const zeros = "0".repeat(64);
  const withHeader = (name: string, signature: Attack["signature"]): Attack => ({ name, raw: body, signature });
  const withBody = (name: string, raw: Buffer | string): Attack => ({ name, raw: Buffer.from(raw), signature: good });
  const properly = (name: string, raw: Buffer | string): Attack => {
    const bytes = Buffer.from(raw);
    return { name, raw: bytes, signature: signed(bytes, now) };
  };
  const broken = Buffer.from('{"id":"evt_\uFFFD","object":"event","type":"a","created":1,"data":{"object":{}}}');
  // The three bytes of U+FFFD for one that is no UTF-8: read loosely, both are the same text.
  const hole = broken.indexOf(Buffer.from("\uFFFD"));
  const respelt = Buffer.concat([broken.subarray(0, hole), Buffer.from([0xff]), broken.subarray(hole + 3)]);
  const flipped = (index: number) => {
    const copy = Buffer.from(body);
    copy[index] = (copy[index] ?? 0) ^ 1;
    return copy;
  };
  const rotated = `${v1.slice(1)}${v1.slice(0, 1)}`;

  const attacks: Attack[] = [
    // no header, or not one
    withHeader("no header", undefined),
    withHeader("an empty header", ""),
    withHeader("a blank header", "   "),
    withHeader("an array of one good header", [good]),
    withHeader("an array of two", [good, good]),
    withHeader("an empty array", []),
    withHeader("two headers joined", `${good},t=${now + 1}`),
    withHeader("two headers joined, as Node joins them", `${good}, ${good}`),
    withHeader("only commas", ",,,,"),
    withHeader("only the word", "v1"),
    withHeader("a header of 100 KB", "v1=".repeat(33_000)),
    // secrets
    withHeader("another secret", signed(body, now, "whsec_other")),
    withHeader("an empty secret", signed(body, now, "")),
    withHeader("a blank secret", signed(body, now, " ")),
    withHeader("the word undefined as secret", signed(body, now, "undefined")),
    withHeader("the secret without its prefix", signed(body, now, webhookSecret.replace("whsec_", ""))),
    withHeader("the secret in capitals", signed(body, now, webhookSecret.toUpperCase())),
    withHeader("the secret with a line feed", signed(body, now, `${webhookSecret}\n`)),
    withHeader("the secret decoded from base64", signed(body, now, Buffer.from(webhookSecret, "base64").toString())),
    // time
    withHeader("stale by a second", signed(body, now - 301)),
    withHeader("stale by a day", signed(body, now - 86_400)),
    withHeader("of 1970", signed(body, 0)),
    withHeader("from the future", signed(body, now + 310)),
    withHeader("of tomorrow", signed(body, now + 86_400)),
    withHeader("far in the future", signed(body, 999_999_999_999)),
    withHeader("beyond the safe integers", signed(body, "99999999999999999999")),
    withHeader("in milliseconds", signed(body, now * 1_000)),
    withHeader("a moved timestamp", `t=${now - 1},v1=${v1}`),
    withHeader("no timestamp", `v1=${v1}`),
    withHeader("an empty timestamp", signed(body, "")),
    withHeader("a timestamp with a tail", signed(body, `${now}x`)),
    withHeader("a timestamp with a fraction", signed(body, `${now}.5`)),
    withHeader("a timestamp with a sign", signed(body, `+${now}`)),
    withHeader("a timestamp with a blank", signed(body, ` ${now}`)),
    withHeader("a timestamp as a power", signed(body, `${now}e0`)),
    withHeader("a timestamp in base 16", signed(body, `0x${now.toString(16)}`)),
    withHeader("a timestamp that is no number", signed(body, "NaN")),
    withHeader("an infinite timestamp", signed(body, "Infinity")),
    withHeader("a negative timestamp", signed(body, -1)),
    withHeader(
      "a timestamp in Arabic digits",
      signed(
        body,
        String(now).replace(/\d/g, (d) => "٠١٢٣٤٥٦٧٨٩"[Number(d)] ?? ""),
      ),
    ),
    withHeader("two timestamps, the good one first", `t=${now},t=${now + 900},v1=${v1}`),
    withHeader("two timestamps, the good one last", `t=${now + 900},${good}`),
    withHeader("a timestamp in capitals", `T=${now},v1=${v1}`),
    // schemes
    withHeader("the old scheme only", `t=${now},v0=${v1}`),
    withHeader("a scheme to come only", `t=${now},v2=${v1}`),
    withHeader("the scheme in capitals", `t=${now},V1=${v1}`),
    withHeader("no scheme", `t=${now},${v1}`),
    withHeader("no signature", `t=${now}`),
    withHeader("an empty signature", `t=${now},v1=`),
    withHeader(
      "a signature of SHA-1",
      `t=${now},v1=${createHmac("sha1", webhookSecret).update(`${now}.${text}`).digest("hex")}`,
    ),
    withHeader("a hash without a key", `t=${now},v1=${hmac(`${now}.${text}`, "x").slice(0, 32)}${"a".repeat(32)}`),
    withHeader("a signature of the body alone", `t=${now},v1=${hmac(body)}`),
    withHeader("a signature without the point", `t=${now},v1=${hmac(`${now}${text}`)}`),
    // signatures
    withHeader("half a signature", `t=${now},v1=${v1.slice(0, 32)}`),
    withHeader("a signature and a half", `t=${now},v1=${v1}${v1.slice(0, 32)}`),
    withHeader("a signature in capitals", `t=${now},v1=${v1.toUpperCase()}`),
    withHeader("a signature turned by a digit", `t=${now},v1=${rotated}`),
    withHeader("a signature with a blank", `t=${now},v1= ${v1}`),
    withHeader("a signature in quotes", `t=${now},v1="${v1}"`),
    withHeader("a signature in base64", `t=${now},v1=${Buffer.from(v1, "hex").toString("base64")}`),
    withHeader(
      "a signature in wide digits",
      `t=${now},v1=${v1.replace(/\d/g, (d) => String.fromCharCode(0xff10 + Number(d)))}`,
    ),
    withHeader("a signature with a combining mark", `t=${now},v1=${v1}\u0301`),
    withHeader("zeros", `t=${now},v1=${zeros}`),
    withHeader("many wrong signatures", `t=${now},${Array.from({ length: 50 }, () => `v1=${zeros}`).join(",")}`),
    withHeader("a wrong one of v1, the good one as v0", `t=${now},v1=${zeros},v0=${v1}`),
    withHeader("parts by semicolons", `t=${now};v1=${v1}`),
    // bodies
    withBody("another event", eventBody("evt_other")),
    withBody("the same JSON, spaced", JSON.stringify(JSON.parse(text), null, 1)),
    withBody(
      "the same JSON, members turned round",
      JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(text)).reverse())),
    ),
    withBody("the same JSON, a letter escaped", text.replace("event", "\\u0065vent")),
    withBody("a line feed at its end", `${text}\n`),
    withBody("a byte less", body.subarray(0, -1)),
    withBody("twice", `${text}${text}`),
    withBody("its first bit turned", flipped(0)),
    withBody("a bit in its middle turned", flipped(Math.floor(body.length / 2))),
    withBody("its last bit turned", flipped(body.length - 1)),
    withBody("a byte order mark in front", `\uFEFF${text}`),
    withBody("in UTF-16", Buffer.from(text, "utf16le")),
    withBody("in base64", body.toString("base64")),
    withBody("nothing", ""),
    { name: "other bytes of the same text", raw: respelt, signature: signed(broken, now) },
    // properly signed, but no event
    properly("an empty body", ""),
    properly("no JSON", "x"),
    properly("JSON with a byte order mark", `\uFEFF${text}`),
    properly("bytes that are no UTF-8", respelt),
    properly("a list", "[]"),
    properly("null", "null"),
    properly("a number", "1"),
    properly("an event without an object", '{"object":"event"}'),
    properly("an event without an id", text.replace('"id":"evt_attack",', "")),
    properly("an event whose id is a number", text.replace('"evt_attack"', "7")),
    properly("an object that is no event", text.replace('"event"', '"charge"')),
    properly("an event whose time is a text", text.replace("1700000000", '"now"')),
  ];
  return { attacks, body, good, rolled: `t=${now},v1=${zeros},v1=${v1},v0=old` };
}
