import { expect, test } from "vitest";
import { changeKind } from "./change-kind.ts";

const at = (tier: string, level: number, interval: "month" | "year" = "month") => ({ tier, level, interval });

test.for([
  ["nothing yet", null, at("pro", 1), "start"],
  ["a higher level", at("pro", 1), at("team", 2), "upgrade"],
  ["a lower level", at("team", 2), at("pro", 1), "downgrade"],
  ["a lower level for a year is still less", at("team", 2), at("pro", 1, "year"), "downgrade"],
  ["another tier of the same level", at("pro", 1), at("plus", 1), "upgrade"],
  ["the present one", at("pro", 1), at("pro", 1), "none"],
  ["a year of the present one", at("pro", 1), at("pro", 1, "year"), "upgrade"],
  ["a month of what is paid for a year", at("pro", 1, "year"), at("pro", 1), "downgrade"],
] as const)("%s", ([, present, wanted, kind]) => {
  expect(changeKind(present, wanted)).toBe(kind);
});
