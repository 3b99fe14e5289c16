import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const read = (name: string) => readFileSync(join(import.meta.dirname, "..", name), "utf8");
const flush = (text: string) => text.replace(/^[ \t]+/gm, "");

test("every example of the README is part of the file that runs it", () => {
  const examples = [...read("README.md").matchAll(/<!-- example: (\S+) -->\n((?:```ts\n.+?```\n+)+)/gs)];
  expect(examples.length).toBeGreaterThanOrEqual(3);
  for (const [, file = "", blocks = ""] of examples) {
    for (const [, block = ""] of blocks.matchAll(/```ts\n(.+?)```/gs)) {
      expect(flush(read(file)), file).toContain(flush(block));
    }
  }
});
