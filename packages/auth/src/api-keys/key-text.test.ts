import { createId } from "@revops/core";
import { expect, test } from "vitest";
import { createKeySecret, readKey, shownPrefix, writeKey } from "./key-text.ts";

const newKey = () => ({ id: createId("key", new Date("2026-03-01T12:00:00Z")), secret: createKeySecret() });

test("a key reads back as what was written", () => {
  for (let i = 0; i < 200; i++) {
    const key = newKey();
    expect(readKey(writeKey(key))).toEqual(key);
  }
});

test("a key of a known id and secret never changes its look, or old keys would stop", () => {
  const key = { id: "key_01jd3v8k2m0123456789abcdef", secret: "0123456789ABCDEFGHIJKLMNOPQRSTUV" };
  expect(writeKey(key)).toBe("rvk_01jd3v8k2m0123456789abcdef_0123456789ABCDEFGHIJKLMNOPQRSTUV1jqjq2");
});

test("one wrong character anywhere is noticed without a query", () => {
  const text = writeKey(newKey());
  for (let at = 0; at < text.length; at++) {
    for (const other of ["0", "z", "_", "-", " "]) {
      const wrong = text.slice(0, at) + other + text.slice(at + 1);
      if (wrong !== text) expect(readKey(wrong)).toBeNull();
    }
  }
});

test.each(["", "rvk_", "rvk__", "key_01", "rvk_".repeat(100_000)])("no key: %#", (text) => {
  expect(readKey(text)).toBeNull();
});

test("text around a key makes it no key", () => {
  const text = writeKey(newKey());
  for (const wrong of [`${text}\n`, ` ${text}`, `${text}x`, text.toUpperCase(), `${text}\u0000`]) {
    expect(readKey(wrong)).toBeNull();
  }
  expect(readKey(undefined as unknown as string)).toBeNull();
});

test("secrets hold at least 128 bits: each of 62 characters is as likely", () => {
  const counts = new Map<string, number>();
  const keys = 5_000;
  for (let i = 0; i < keys; i++)
    for (const letter of createKeySecret()) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  expect(counts.size).toBe(62);
  const mean = (keys * 32) / 62;
  // Six standard deviations: a bias of `% 62` over whole bytes would be 25 %.
  for (const count of counts.values()) expect(Math.abs(count - mean)).toBeLessThan(6 * Math.sqrt(mean));
});

test("what is shown of a key holds nothing of its secret", () => {
  const key = newKey();
  expect(writeKey(key).startsWith(`${shownPrefix(key.id)}_`)).toBe(true);
  expect(shownPrefix(key.id)).not.toContain(key.secret.slice(0, 8));
});
