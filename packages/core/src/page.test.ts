import { expect, it } from "vitest";
import { pageOf } from "./page.ts";

const rows = (count: number) => Array.from({ length: count }, (_, n) => ({ id: `row_${n}` }));
const page = (count: number, limit: number) => pageOf(rows(count), limit, ({ id }) => id);

it("a full page that is the last has no next, which would be an empty one", () => {
  expect(page(3, 3)).toEqual({ data: rows(3), next: null });
});

it("the one row too many is not shown, and the next page begins after the last that was", () => {
  expect(page(4, 3)).toEqual({ data: rows(3), next: "row_2" });
});

it("nothing is a page too", () => {
  expect(page(0, 3)).toEqual({ data: [], next: null });
});
