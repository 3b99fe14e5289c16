import { beforeAll, expect, test } from "vitest";
import { callsOfSdk, keyOf } from "./stripe-schemas/calls.mjs";
import { generateSchemas } from "./stripe-schemas/generate.mjs";
import { createCheck } from "./stripe-schemas/validate.mjs";

const routes = [
  ["post", "/v1/customers"],
  ["get", "/v1/events"],
  ["post", "/v1/prices"],
  ["post", "/v1/subscriptions/:id"],
  ["post", "/v1/checkout/sessions"],
  ["post", "/v1/billing/meter_events"],
];
let check;
beforeAll(() => {
  check = createCheck(generateSchemas(routes.map(([method, path]) => keyOf(method, path))));
});
const of = (at, values) => check({ method: routes[at][0], route: routes[at][1], values });

test.each([
  [0, { email: "a@example.com", metadata: { 1: "one" }, address: { city: "Paris" } }],
  [0, { description: "", balance: "-500", expand: ["default_source"] }],
  [1, { limit: "3", created: { gte: "1700000000" }, types: ["invoice.paid"] }],
  [2, { currency: "usd", product: "prod_1", unit_amount_decimal: "0.5", recurring: { interval: "month" } }],
  [3, { items: { 0: { id: "si_1", price: "price_1", quantity: "3" } }, trial_end: "now", cancel_at: "" }],
  [4, { mode: "payment", line_items: [{ price: "price_1", quantity: "1" }], success_url: "https://shop.example" }],
  [5, { event_name: "api_call", payload: { 0: "x", value: "1" }, timestamp: "1700000000" }],
])("valid: %d %j", (at, values) => {
  expect(of(at, values)).toBeUndefined();
});

test.each([
  [0, { e_mail: "a@example.com" }, /additional properties/],
  [0, { balance: "much" }, /number/],
  [0, { address: { town: "Paris" } }, /additional properties/],
  [2, { product: "prod_1" }, /currency/],
  [2, { currency: "usd", unit_amount_decimal: "half" }, /pattern/],
  [2, { currency: "usd", recurring: { interval: "fortnight" } }, /equal/],
  [3, { items: [{ prize: "price_1" }] }, /additional properties/],
  [3, { proration_behavior: "later" }, /equal/],
  [4, { mode: "gift" }, /equal/],
  [5, { payload: { value: "1" } }, /event_name/],
])("invalid: %d %j", (at, values, problem) => {
  expect(of(at, values)).toMatch(problem);
});

test("a call the SDK has not is told", () => {
  expect(check({ method: "post", route: "/v1/wishes", values: {} })).toContain("the SDK has no such call");
});

test("the SDK's calls are read from its sources, whatever the name in the path", () => {
  const calls = callsOfSdk();
  expect(calls.size).toBeGreaterThan(400);
  expect(calls.get(keyOf("get", "/v1/customers/:whoever"))).toBe("CustomerRetrieveParams");
  expect(calls.get(keyOf("post", "/v1/test_helpers/test_clocks/:id/advance"))).toBe(
    "TestHelpers.TestClockAdvanceParams",
  );
});
