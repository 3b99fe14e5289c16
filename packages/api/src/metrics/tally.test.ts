import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { tally } from "./tally.ts";

test("every look shows all that was counted until then, by the labels' values", async () => {
  const registry = new Registry();
  const labelNames = ["method", "status"] as const;
  const count = tally({ name: "asked_total", help: "Asked.", labelNames, registers: [registry] });
  expect((await registry.getSingleMetric("asked_total")?.get())?.values).toEqual([]);
  count("GET", 200);
  count("GET", 200);
  count("GET", 404);
  count("POST", 200);
  const shown = async () => (await registry.metrics()).split("\n").filter((line) => line.startsWith("asked_total"));
  const lines = [
    'asked_total{method="GET",status="200"} 2',
    'asked_total{method="GET",status="404"} 1',
    'asked_total{method="POST",status="200"} 1',
  ];
  expect(await shown()).toEqual(lines);
  expect(await shown()).toEqual(lines);
  count("GET", 404);
  expect(await shown()).toEqual(lines.with(1, 'asked_total{method="GET",status="404"} 2'));
});
