import { join } from "node:path";
import { expect, test } from "vitest";
import { readmeExample } from "./readme/readme.ts";

test("the README shows the example that runs as a test", () => {
  const { shown, source } = readmeExample(join(import.meta.dirname, ".."));
  expect(source).toContain(shown);
});
