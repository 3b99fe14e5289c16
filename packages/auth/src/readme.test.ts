import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readmeExample } from "@revops/testing";
import { expect, test } from "vitest";
import { authErrors } from "./errors.ts";

test("the README shows the example that runs as a test", () => {
  const { shown, source } = readmeExample(join(import.meta.dirname, ".."));
  expect(source).toContain(shown);
});

test("the README shows the Express example that runs as a test", () => {
  const flush = (text: string) => text.replace(/^[ \t]+/gm, "");
  const read = (name: string) => readFileSync(join(import.meta.dirname, "..", name), "utf8");
  const example = /<!-- example: (src\/express\S+) -->\n```ts\n(.+?)```\n\n```ts\n(.+?)```/s.exec(read("README.md"));
  const [, file = "", imports = "no imports", body = "no body"] = example ?? [];
  const source = flush(read(file));
  expect(source).toContain(flush(imports));
  expect(source).toContain(flush(body));
});

test("the README names every error code", () => {
  const readme = readFileSync(join(import.meta.dirname, "..", "README.md"), "utf8");
  for (const code of Object.keys(authErrors)) expect(readme).toContain(`\`${code}\``);
});
