import { describe, expect, it } from "vitest";
import { defineErrors, isRevopsError, RevopsError } from "./error.ts";

const errors = defineErrors({ quota_exceeded: "The quota is used up", not_found: "There is none" });

describe("an error by code", () => {
  it("says its title unless this case has a detail, and keeps the cause and the fields", () => {
    const cause = new Error("constraint");
    const error = errors.quota_exceeded({ detail: "2 of 2 used.", cause, fields: { limit: 2 } });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: "RevopsError",
      code: "quota_exceeded",
      title: "The quota is used up",
      message: "2 of 2 used.",
      fields: { limit: 2 },
      cause,
    });
    expect(errors.not_found().message).toBe("There is none");
    expect("cause" in errors.not_found()).toBe(false);
    expect(errors.not_found().fields).toEqual({});
  });

  it("points at the line that threw it", () => {
    expect(errors.not_found().stack).toContain("error.test.ts");
  });

  it("is told by its code, and another package's code is not taken for it", () => {
    const error: unknown = errors.not_found();
    expect(isRevopsError(error)).toBe(true);
    expect(isRevopsError(error, "not_found")).toBe(true);
    expect(isRevopsError(error, "quota_exceeded")).toBe(false);
  });

  it("is known to a second installed copy of this package, where instanceof fails", () => {
    class RevopsErrorOfAnotherCopy extends Error {
      readonly code = "not_found";
    }
    const foreign = Object.defineProperty(new RevopsErrorOfAnotherCopy(), Symbol.for("@revops/core/error"), {
      value: true,
    });
    expect(foreign).not.toBeInstanceOf(RevopsError);
    expect(isRevopsError(foreign, "not_found")).toBe(true);
  });

  it("is not anything that has a code: a system error, a parsed answer, nothing", () => {
    const lookalikes = [
      { code: "not_found", title: "x", fields: {} },
      Object.assign(new Error(), { code: "not_found" }),
    ];
    for (const value of [...lookalikes, null, undefined, "not_found", 1]) expect(isRevopsError(value)).toBe(false);
  });

  it("does not show its mark in JSON or a log", () => {
    expect(Object.getOwnPropertySymbols({ ...errors.not_found() })).toEqual([]);
  });

  it("has a table that nobody can change", () => {
    expect(Object.isFrozen(errors)).toBe(true);
  });
});
