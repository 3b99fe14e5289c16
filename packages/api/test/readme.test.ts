import { readFileSync } from "node:fs";
import { join } from "node:path";
import { apiErrors } from "@revops/api";
import { expect, test } from "vitest";

const read = (name: string) => readFileSync(join(import.meta.dirname, "..", name), "utf8");

test("the README shows the example that runs as a test", () => {
  const shown = /<!-- example: (\S+) -->\n```ts\n(.*?)```/s.exec(read("README.md"));
  expect(shown?.[2]).toBe(read(shown?.[1] ?? ""));
});

test("the README names every error code of this package", () => {
  const readme = read("README.md");
  for (const code of Object.keys(apiErrors)) expect(readme).toContain(`\`${code}\``);
});
