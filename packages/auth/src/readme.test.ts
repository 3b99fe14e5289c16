import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readmeExample } from "@revops/testing";
import { expect, test } from "vitest";
import { authErrors } from "./errors.ts";

test("the README shows the example that runs as a test", () => {
  const { shown, source } = readmeExample(join(import.meta.dirname, ".."));
  expect(source).toContain(shown);
});

test("the README names every error code", () => {
  const readme = readFileSync(join(import.meta.dirname, "..", "README.md"), "utf8");
  for (const code of Object.keys(authErrors)) expect(readme).toContain(`\`${code}\``);
});
