import { expect, test } from "vitest";
import type { OrganizationRole } from "./organization.ts";
import { assertMayManage, checkRole, organizationRoleAtLeast } from "./roles.ts";

const roles: OrganizationRole[] = ["member", "admin", "owner"];

test("each role includes those below it", () => {
  const table = roles.map((role) => roles.map((minimum) => organizationRoleAtLeast(role, minimum)));
  expect(table).toEqual([
    [true, false, false],
    [true, true, false],
    [true, true, true],
  ]);
});

test("a member manages nobody, an admin no owner, an owner everybody", () => {
  const may = (actor: OrganizationRole, ...changed: OrganizationRole[]) => {
    try {
      assertMayManage(actor, ...changed);
      return true;
    } catch {
      return false;
    }
  };
  expect(roles.map((target) => may("member", target))).toEqual([false, false, false]);
  expect(roles.map((target) => may("admin", target))).toEqual([true, true, false]);
  expect(roles.map((target) => may("owner", target))).toEqual([true, true, true]);
  expect(may("admin", "member", "owner")).toBe(false);
});

test("what is no role is refused, also what every object has", () => {
  for (const wrong of ["", "root", "Owner", "constructor", null, 1, ["owner"]]) {
    expect(() => checkRole(wrong as OrganizationRole)).toThrow(expect.objectContaining({ code: "invalid_role" }));
  }
});
