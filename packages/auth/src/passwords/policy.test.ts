import { describe, expect, test } from "vitest";
import { createBlocklist } from "./blocklist.ts";
import { checkNewPassword, normalizePassword } from "./policy.ts";

const isCommon = createBlocklist();
const check = (password: string) => checkNewPassword(password, "ada.lovelace@example.com", isCommon);
const refused = (reason: string) => expect.objectContaining({ code: "weak_password", fields: { reason } });

test.each([
  ["empty", "", "too_short"],
  ["seven characters", "k3q9zx!", "too_short"],
  ["seven characters that take fourteen units", "👍🏽🎉🚀🌍🔥💾", "too_short"],
  ["seven characters after NFKC", "k3q9xe\u0301z", "too_short"],
  ["1,025 bytes", `${"ab".repeat(512)}c`, "too_long"],
  ["1,026 bytes in 513 characters", "é".repeat(513), "too_long"],
  ["a megabyte", "x".repeat(1_000_000), "too_long"],
  ["longer than 1,024 bytes only after NFKC", "\ufdfa".repeat(300), "too_long"],
  ["NUL", "correct\u0000horse battery", "not_text"],
  ["a lone surrogate", "correct\ud800horse battery", "not_text"],
  ["no text at all", 12345678 as unknown as string, "not_text"],
  ["a common one", "password", "common"],
  ["a common one in capitals", "PASSWORD1", "common"],
  ["a common one in full-width letters", "ｐａｓｓｗｏｒｄ", "common"],
  ["the e-mail address", "Ada.Lovelace@Example.com", "is_email"],
  ["what is before its @", "ada.lovelace", "is_email"],
])("%s is refused", async (_name, password, reason) => {
  await expect(check(password)).rejects.toEqual(refused(reason));
});

describe("is taken", () => {
  test.each([
    ["eight characters", "k3q9zx!m"],
    ["1,024 bytes", "ab".repeat(512)],
    ["spaces", "correct horse battery"],
    ["any script", "правильна конячка"],
  ])("%s", async (_name, password) => expect(await check(password)).toBe(password));
});

test("one password typed on two keyboards is one password", () => {
  expect(normalizePassword("caf\u00e9 cr\u00e8me")).toBe(normalizePassword("cafe\u0301 cre\u0300me"));
});
