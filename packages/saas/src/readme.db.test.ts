import { readFileSync } from "node:fs";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { run } from "../test/example.ts";

const read = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8");

test("the README shows the example that runs below", () => {
  const shown = /```ts\n(.*?)```/s.exec(read("../README.md"))?.[1];
  expect(shown).toBe(read("../test/example.ts").replaceAll("../src/index.ts", "@revops/saas"));
});

forEachDatabase("the README's example", (open) => {
  test("does what it says", async () => {
    const { url } = await open();
    expect(await run(url)).toMatchObject({
      allowed: false,
      reason: "quota_exceeded",
      limit: 2,
      used: 2,
      wouldPass: { tier: "pro" },
    });
  });
});
