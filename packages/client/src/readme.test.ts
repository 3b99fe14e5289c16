import { join } from "node:path";
import { readmeExample } from "@revops/testing";
import { expect, test } from "vitest";

test("the README shows the example that runs as a test", () => {
  const { shown, source } = readmeExample(join(import.meta.dirname, ".."));
  expect(source).toContain(shown);
});
