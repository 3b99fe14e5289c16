import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

test("the README shows the example that runs as a test", () => {
  const read = (name: string) => readFileSync(join(import.meta.dirname, "..", name), "utf8");
  const shown = /<!-- example: (\S+) -->\n```ts\n(.*?)```/s.exec(read("README.md"));
  expect(shown?.[2]).toBe(read(shown?.[1] ?? ""));
});
