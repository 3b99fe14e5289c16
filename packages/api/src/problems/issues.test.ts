import { expect, test } from "vitest";
import { z } from "zod";
import { describeIssues } from "./issues.ts";

const order = z.strictObject({ currency: z.string(), items: z.array(z.strictObject({ quantity: z.int() })) });

function errorsOf(schema: z.ZodType, input: unknown) {
  const { error } = schema.safeParse(input);
  return error === undefined ? [] : describeIssues(error);
}

test("what is missing is said to be needed, what is of a wrong type is not, and what is unknown goes by its own name", () => {
  expect(errorsOf(order, { items: [{}, { quantity: "1", price: 2 }] })).toEqual([
    { path: "currency", message: "This field is needed" },
    { path: "items.0.quantity", message: "This field is needed" },
    { path: "items.1.quantity", message: "Invalid input: expected number, received string" },
    { path: "items.1.price", message: "This field is not known" },
  ]);
});

test("of the forms that a body may have, the nearest one is told of, and of many faults the first twenty", () => {
  const either = z.union([order, z.strictObject({ id: z.string(), size: z.int(), kind: z.string() })]);
  expect(errorsOf(either, { currency: "usd" })).toEqual([{ path: "items", message: "This field is needed" }]);
  expect(errorsOf(order, { currency: "usd", items: Array.from({ length: 50 }, () => ({})) })).toHaveLength(20);
});
