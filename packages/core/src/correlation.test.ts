import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { currentCorrelation, runCorrelated } from "./correlation.ts";

test("two requests at once keep apart, across awaits, and nothing is left behind", async () => {
  const seen = await Promise.all(
    ["req_1", "req_2"].map((requestId, index) =>
      runCorrelated({ requestId }, async () => {
        await pause(5 - index);
        return currentCorrelation();
      }),
    ),
  );
  expect(seen).toEqual([{ requestId: "req_1" }, { requestId: "req_2" }]);
  expect(currentCorrelation()).toEqual({});
});
