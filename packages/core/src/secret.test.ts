import { Console } from "node:console";
import { PassThrough } from "node:stream";
import { format, inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { constantTimeEqual, randomToken, secret, sha256 } from "./secret.ts";

const value = "sk_live_do_not_show";

describe("a secret does not show itself", () => {
  const key = secret(value);

  it.each([
    ["JSON", () => JSON.stringify({ key, list: [key] })],
    ["a template", () => `${key}`],
    ["concatenation", () => `key: ${String(key)}`],
    ["util.inspect, hidden members included", () => inspect({ key }, { showHidden: true, depth: null })],
    ["util.format", () => format("%s %o %O %j", key, key, key, key)],
    ["an error's message and its inspection", () => inspect(new Error(`${key}`, { cause: key }))],
    ["its own members", () => inspect(Object.entries(key))],
    ["a copy of its members", () => `${inspect({ ...key }, { showHidden: true })}${JSON.stringify({ ...key })}`],
  ])("in %s", (_, show) => {
    expect(show()).not.toContain(value);
  });

  it("on the console", () => {
    const stream = new PassThrough();
    const console = new Console(stream);
    console.log(key, { key });
    console.table([{ key }]);
    console.dir(key, { showHidden: true });
    const written = String(stream.read());
    expect(written).toContain("[secret]");
    expect(written).not.toContain(value);
  });

  it("but is revealed when asked, and cannot be exchanged", () => {
    expect(key.reveal()).toBe(value);
    expect(Object.isFrozen(key)).toBe(true);
  });
});

describe("tokens and comparisons", () => {
  it("a token has 256 bits, without characters that an address has to escape", () => {
    expect(randomToken()).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(randomToken(12)).toMatch(/^[A-Za-z0-9_-]{16}$/);
    expect(new Set(Array.from({ length: 10_000 }, () => randomToken(16))).size).toBe(10_000);
  });

  it("SHA-256 as RFC 6234 has it, of text as UTF-8", () => {
    const ofAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    expect(Buffer.from(sha256("abc"), "base64url").toString("hex")).toBe(ofAbc);
    expect(sha256("ä")).toBe(sha256(Buffer.from([0xc3, 0xa4])));
  });

  it("equal is equal, also where two texts differ only in length, in the last byte or in their bytes", () => {
    expect(constantTimeEqual(value, `${value}`)).toBe(true);
    expect(constantTimeEqual("", "")).toBe(true);
    for (const [a, b] of [
      ["a", ""],
      ["abc", "abcd"],
      ["abc", "abd"],
      ["ä", "a\u0308"],
      ["é", "e"],
    ] as const) {
      expect(constantTimeEqual(a, b)).toBe(false);
    }
  });
});
