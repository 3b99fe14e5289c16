import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

test("the README shows the example that runs as a test", () => {
  const read = (name: string) => readFileSync(join(import.meta.dirname, "..", name), "utf8");
  const shown = /<!-- example: (\S+) -->\n```ts\n(.*?)```/s.exec(read("README.md"));
  const indented = shown?.[2]?.replace(/^(?=.)/gm, "    ") ?? "no example";
  expect(read(shown?.[1] ?? "")).toContain(indented);
});
