import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readmeExample } from "./readme.ts";

function folder(files: Record<string, string>): string {
  const path = mkdtempSync(join(tmpdir(), "revops-readme-"));
  onTestFinished(() => rmSync(path, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

test("a part of a test is found in it however it is indented, and a changed word is not", () => {
  const source = "test(() => {\n    const a = 1;\n      use(a);\n});\n";
  const readme = (code: string) => `# x\n\n<!-- example: x.test.ts -->\n\`\`\`ts\n${code}\`\`\`\n`;
  const same = readmeExample(folder({ "x.test.ts": source, "README.md": readme("const a = 1;\n  use(a);\n") }));
  expect(same.source).toContain(same.shown);
  const other = readmeExample(folder({ "x.test.ts": source, "README.md": readme("const a = 2;\n") }));
  expect(other.source).not.toContain(other.shown);
});

test("an example that is empty, unmarked or without its file is an error, not an agreement", () => {
  const block = "```ts\nuse();\n```\n";
  expect(() => readmeExample(folder({ "README.md": block }))).toThrow("no ts block");
  expect(() => readmeExample(folder({ "README.md": "<!-- example: x.ts -->\n```ts\n```\n" }))).toThrow("no ts block");
  expect(() => readmeExample(folder({ "README.md": `<!-- example: x.ts -->\n${block}` }))).toThrow("x.ts");
});
