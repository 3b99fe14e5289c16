import { expect, test } from "vitest";
import { problemsOf } from "./route-errors.ts";

test("a code is documented as it is answered: as another one, or under another one", () => {
  const problems = problemsOf({
    method: "get",
    path: "/x",
    summary: "x",
    credentials: "none",
    errors: ["insufficient_funds", "package_not_found", "already_purchased"],
  });
  expect(problems.get(402)).toEqual(["card_declined"]);
  expect(problems.get(404)).toEqual(["not_found"]);
  expect(problems.get(409)).toEqual(["already_purchased"]);
});
