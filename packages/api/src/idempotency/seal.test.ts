import { expect, test } from "vitest";
import { createSeal } from "./seal.ts";

test("what was sealed opens for the same owner and secret only, unchanged", () => {
  const seal = createSeal(new Uint8Array(32).fill(1));
  const sealed = seal.close("rvk_secret", "ada\nk");
  expect(sealed.toString("latin1")).not.toContain("rvk_secret");
  expect(seal.open(sealed, "ada\nk")).toBe("rvk_secret");
  expect(seal.open(sealed, "bob\nk")).toBeNull();
  expect(createSeal(new Uint8Array(32).fill(2)).open(sealed, "ada\nk")).toBeNull();
  expect(seal.open(Buffer.from(sealed.map((byte, index) => (index === 30 ? byte ^ 1 : byte))), "ada\nk")).toBeNull();
});
