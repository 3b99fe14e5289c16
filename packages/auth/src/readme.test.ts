import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readmeExample } from "@revops/testing";
import { expect, test } from "vitest";
import { authErrors } from "./errors.ts";

test("the README shows the example that runs as a test", () => {
  const { shown, source } = readmeExample(join(import.meta.dirname, ".."));
  expect(source).toContain(shown);
});

test.each(["express", "organizations"])("the README shows the example of %s that runs as a test", (folder) => {
  const flush = (text: string) => text.replace(/^[ \t]+/gm, "");
  const read = (name: string) => readFileSync(join(import.meta.dirname, "..", name), "utf8");
  const pattern = new RegExp(
    `<!-- example: (src/${folder}\\S+) -->\n\`\`\`ts\n(.+?)\`\`\`\n\n\`\`\`ts\n(.+?)\`\`\``,
    "s",
  );
  const [, file = "", first = "no example", second = "no example"] = pattern.exec(read("README.md")) ?? [];
  const source = flush(read(file));
  expect(source).toContain(flush(first));
  expect(source).toContain(flush(second));
});

test("the README names every error code", () => {
  const readme = readFileSync(join(import.meta.dirname, "..", "README.md"), "utf8");
  for (const code of Object.keys(authErrors)) expect(readme).toContain(`\`${code}\``);
});
