import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { routes } from "../src/emulator/routes.ts";
import { findTokenCard } from "../src/payment-methods/test-cards.ts";
import { run } from "./example.ts";

const read = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8");
const readme = read("../README.md");

test("the README shows the example that runs below", () => {
  const shown = /```ts\n(.*?)```/s.exec(readme)?.[1];
  expect(shown).toBe(read("example.ts").replace("../src/index.ts", "@revops/stripe-emulator"));
});

test("the README's example does what it says", async () => {
  expect(await run()).toEqual(["subscription_cycle paid 2900", "subscription_create paid 2900"]);
});

test("the README names every resource that has routes, and no card that there is not", () => {
  const resources = routes.map(({ path }) => path.split("/")[path.startsWith("/v1/test_helpers") ? 3 : 2] ?? "");
  for (const resource of new Set(resources)) expect(readme).toContain(`\`${resource}\``);
  const cards = readme.match(/pm_card_\w+/g) ?? [];
  expect(cards.length).toBeGreaterThan(10);
  for (const card of cards) expect({ card, known: findTokenCard(card) !== undefined }).toEqual({ card, known: true });
});
