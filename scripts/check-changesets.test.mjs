import { expect, test } from "vitest";
import { readChangesets } from "./check-changesets.mjs";

const published = ["@revops/auth", "@revops/api"];
const read = (text) => readChangesets([{ name: "a.md", text }], published);

test("a changeset names published packages and says something", () => {
  const { findings, named } = read('---\n"@revops/auth": patch\n"@revops/api": minor\n---\n\nKeys end.\n');
  expect(findings).toEqual([]);
  expect([...named]).toEqual(published);
});

test.each([
  ["what a formatter of Markdown makes of it", '---\n\n## "@revops/auth": patch\n\nKeys end.\n'],
  ["an empty line in its head", '---\n\n"@revops/auth": patch\n---\n\nKeys end.\n'],
  ["no summary", '---\n"@revops/auth": patch\n---\n'],
  ["no package", "---\n---\n\nKeys end.\n"],
  ["another word for how much", '---\n"@revops/auth": small\n---\n\nKeys end.\n'],
])("%s is refused", (_name, text) => {
  expect(read(text).findings).toEqual([expect.stringContaining("a.md: begins with ---")]);
});

test("so is a package that nobody can install", () => {
  expect(read('---\n"@revops/server": patch\n---\n\nFaster.\n').findings).toEqual([
    "a.md: @revops/server is not published",
  ]);
});
