import { expect, test } from "vitest";
import { isVersion, latestOf } from "./precedence.ts";

test.for(["1.0.0", "0.0.1-alpha.1", "10.20.30", "1.0.0-x-y.7"])("%s is a version", (text) => {
  expect(isVersion(text)).toBe(true);
});

test.for([
  "",
  "1",
  "1.0",
  "v1.0.0",
  "=1.0.0",
  " 1.0.0",
  "1.0.0 ",
  "01.0.0",
  "1.0.0+build",
  "latest",
  "../1.0.0",
  "1.0.0/..",
  "1.0.0\0",
  "1.0.0-é",
  "9".repeat(300),
])("%j is not a version", (text) => expect(isVersion(text)).toBe(false));

test.for([
  [["1.2.0", "1.10.0", "1.9.0"], "1.10.0"],
  [["1.0.0", "2.0.0-beta.1"], "1.0.0"],
  [["1.0.0", "2.0.0 yanked"], "1.0.0"],
  [["1.0.0-alpha.2", "1.0.0-alpha.10"], "1.0.0-alpha.10"],
  [["1.0.0 yanked"], null],
  [[], null],
] as const)("of %j, latest is %s", ([versions, latest]) => {
  const published = versions.map((text) => ({ version: text.replace(" yanked", ""), yanked: text.endsWith("yanked") }));
  expect(latestOf(published)).toBe(latest);
});
