import { expect, test } from "vitest";
import { databaseErrors } from "./errors.ts";
import { isOutage } from "./outage.ts";

const coded = (code: string) => Object.assign(new Error("no"), { code });

test.each([
  ...["ECONNREFUSED", "08006", "53100", "53300", "57P01", "57P03", "25006"],
  ...["SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_READONLY", "SQLITE_BUSY", "SQLITE_CANTOPEN"],
])("%s says nothing about the question", (code) => {
  expect(isOutage(coded(code))).toBe(true);
  expect(isOutage(new Error("Failed query: select 1", { cause: coded(code) }))).toBe(true);
});

test("nor does a line that broke, nor what was named before", () => {
  expect(isOutage(new Error("Failed query", { cause: new Error("Connection terminated unexpectedly") }))).toBe(true);
  expect(isOutage(databaseErrors.database_unavailable())).toBe(true);
});

test.each(["23505", "42P01", "40P01", "57014", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_ERROR", "not_found"])(
  "%s is an answer",
  (code) => {
    expect(isOutage(coded(code))).toBe(false);
    expect(isOutage(new Error("Connection refused by the card", { cause: coded(code) }))).toBe(false);
  },
);

test("what is no error is none", () => {
  for (const thrown of [undefined, null, "ECONNREFUSED", { code: "ECONNREFUSED" }])
    expect(isOutage(thrown)).toBe(false);
});
