import { expect, test } from "vitest";
import { atLeast, hasScope, hasTier, standardTierLevels } from "./claims.ts";
import { createScopeRules, standardScopes } from "./scopes.ts";

test("a tier includes those below it and none above", () => {
  const order = ["free", "pro", "enterprise"];
  for (const [held, tier] of order.entries()) {
    for (const [needed, minimum] of order.entries()) expect(atLeast(tier, minimum)).toBe(held >= needed);
  }
});

test("a caller's own tier is placed by its level", () => {
  const levels = { ...standardTierLevels, team: 15 };
  expect(hasTier({ tier: "team" }, "pro", levels)).toBe(true);
  expect(hasTier({ tier: "team" }, "enterprise", levels)).toBe(false);
  expect(hasTier({ tier: "enterprise" }, "team", levels)).toBe(true);
});

test("a tier that nobody offers opens nothing, not even under the name of an inherited member", () => {
  expect(hasTier({ tier: "legacy" }, "free")).toBe(false);
  expect(hasTier({ tier: "constructor" }, "free")).toBe(false);
  expect(hasTier({ tier: "__proto__" }, "free")).toBe(false);
});

test("a misspelt requirement is an error, not a closed door", () => {
  expect(() => hasTier({ tier: "pro" }, "por")).toThrow(expect.objectContaining({ code: "unknown_tier" }));
  expect(() => atLeast("pro", "toString")).toThrow(expect.objectContaining({ code: "unknown_tier" }));
});

test("a scope is the whole word or the star, never a part of either", () => {
  expect(hasScope({ scopes: ["billing:read"] }, "billing:read")).toBe(true);
  expect(hasScope({ scopes: ["billing:read"] }, "billing:write")).toBe(false);
  expect(hasScope({ scopes: ["billing:read"] }, "billing")).toBe(false);
  expect(hasScope({ scopes: ["*"] }, "keys:manage")).toBe(true);
  expect(hasScope({ scopes: [] }, "billing:read")).toBe(false);
});

test("no key manages keys, neither by name nor by star", () => {
  const rules = createScopeRules(standardScopes);
  expect(() => rules.forNewKey(["keys:manage"])).toThrow(expect.objectContaining({ code: "invalid_scope" }));
  expect(rules.forNewKey(undefined)).toEqual(["*"]);
  expect(rules.ofKey(["*"])).toEqual(standardScopes.filter((scope) => scope !== "keys:manage"));
  expect(rules.ofKey(["keys:manage", "billing:read"])).toEqual(["billing:read"]);
});

test("an empty list of scopes is refused, not read as everything", () => {
  const rules = createScopeRules(standardScopes);
  expect(() => rules.forNewKey([])).toThrow(expect.objectContaining({ code: "invalid_scope" }));
  expect(() => rules.forNewKey(["billing:raed"])).toThrow(expect.objectContaining({ code: "invalid_scope" }));
  expect(rules.forNewKey(["usage:write", "usage:write"])).toEqual(["usage:write"]);
});
