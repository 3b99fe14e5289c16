import { expect, test } from "vitest";
import { misspelt } from "./misspelt.ts";

const settings = ["PORT", "LOG_LEVEL", "DATABASE_URL", "RATE_LIMIT_PER_MINUTE"];

test.each([
  ["DATABSE_URL", "DATABASE_URL"],
  ["DATABASE_URI", "DATABASE_URL"],
  ["database_url", "DATABASE_URL"],
  ["RATE_LIMIT_PER_MINTUE", "RATE_LIMIT_PER_MINUTE"],
  ["RATELIMIT_PER_MINUTES", "RATE_LIMIT_PER_MINUTE"],
  ["LOGLEVEL", "LOG_LEVEL"],
])("%s was meant to be %s", (given, meant) => {
  expect(misspelt({ [given]: "1", HOME: "/root" }, settings)).toEqual({ given, meant });
});

test("other programs' variables are none of ours, nor a look-alike of what is set", () => {
  const others = { POST: "1", SPORT: "1", DATABASE_HOST: "1", DATABASE: "1", PATH: "1", LOGS: "1", RATE_LIMIT: "1" };
  expect(misspelt(others, settings)).toBe(null);
  expect(misspelt({ DATABASE_URI: "a", DATABASE_URL: "b" }, settings)).toBe(null);
});
