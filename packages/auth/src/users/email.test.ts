import { expect, test } from "vitest";
import { normalizeEmail, readEmail } from "./email.ts";

test.each([
  ["  Ada.Lovelace@Example.COM ", "ada.lovelace@example.com"],
  ["ada+tag@sub.example.co.uk", "ada+tag@sub.example.co.uk"],
  ["ada@Bücher.example", "ada@xn--bcher-kva.example"],
  ["ada@ｅｘａｍｐｌｅ.com", "ada@example.com"],
  [`${"a".repeat(64)}@example.com`, `${"a".repeat(64)}@example.com`],
])("%s is the mailbox %s", (given, expected) => {
  expect(normalizeEmail(given)).toBe(expected);
  expect(normalizeEmail(expected)).toBe(expected);
});

test.each([
  "",
  "ada",
  "@example.com",
  "ada@",
  "ada@localhost",
  "ada@127.0.0.1",
  "ada@[127.0.0.1]",
  "ada@example..com",
  "ada@-example.com",
  "ada@example.com.",
  "ada@exämple.com/path",
  "ada@exämple.com:80",
  "ada@ex%61mple.com",
  ".ada@example.com",
  "ada.@example.com",
  "ad a@example.com",
  '"ada lovelace"@example.com',
  "ada@example.com\nbcc: eve@example.com",
  "ada\u0000@example.com",
  "ada\ud800@example.com",
  "ada＠example.com",
  "аda@example.com", // Cyrillic а
  "\u212Aate@example.com", // the sign of Kelvin, which is a "k" in lower case
  `${"a".repeat(65)}@example.com`,
  `ada@${"a.".repeat(125)}com`,
  `${"a".repeat(1_000_000)}@example.com`,
])("%j is no mailbox", (given) => {
  expect(readEmail(given)).toBeNull();
  expect(() => normalizeEmail(given)).toThrow(expect.objectContaining({ code: "invalid_email" }));
});
