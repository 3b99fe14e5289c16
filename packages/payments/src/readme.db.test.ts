import { readFileSync } from "node:fs";
import { startStripeEmulator } from "@revops/stripe-emulator";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, onTestFinished, test } from "vitest";
import { run } from "../test/example.ts";
import { secretKey, webhookSecret } from "../test/names.ts";
import { paymentsErrors } from "./index.ts";

const read = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8");

test("the README shows the example that runs below, and every error code", () => {
  const readme = read("../README.md");
  const shown = /```ts\n(.*?)```/s.exec(readme)?.[1];
  expect(shown).toBe(read("../test/example.ts").replaceAll("../src/index.ts", "@revops/payments"));
  for (const code of Object.keys(paymentsErrors)) expect(readme).toContain(`\`${code}\``);
});

forEachDatabase("the README's example", (open) => {
  test("does what it says", async () => {
    const { url } = await open();
    const emulator = await startStripeEmulator();
    onTestFinished(() => emulator.close());
    const done = await run(url, { secretKey, webhookSecret, apiBase: emulator.url });
    expect(done).toEqual({ payment: "succeeded", tier: "pro", status: "active" });
  });
});
