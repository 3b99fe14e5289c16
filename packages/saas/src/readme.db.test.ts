import { join } from "node:path";
import { readmeExample } from "@revops/testing";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, test } from "vitest";
import { run } from "../test/example.ts";

test("the README shows the example that runs below", () => {
  const { shown, source } = readmeExample(join(import.meta.dirname, ".."));
  expect(source).toContain(shown);
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
