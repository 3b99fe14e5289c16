import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createFacts } from "./facts.ts";

interface TestFacts {
  "order.paid": { readonly orderId: string };
  "order.refunded": { readonly orderId: string };
}
interface TestTx {
  readonly id: number;
}
const make = () => createFacts<TestFacts, TestTx>();

describe("facts", () => {
  it("run their handlers one after the other, in the order of wiring, in the emitter's own transaction", async () => {
    const facts = make();
    const tx = { id: 1 };
    const seen: unknown[] = [];
    facts.on("order.paid", async (given, { orderId }) => {
      await sleep(5);
      seen.push(["slow", given === tx, orderId]);
    });
    facts.on("order.paid", async (given, { orderId }) => void seen.push(["fast", given === tx, orderId]));
    facts.on("order.refunded", async () => void seen.push("another fact"));
    await facts.emit(tx, "order.paid", { orderId: "ord_1" });
    expect(seen).toEqual([
      ["slow", true, "ord_1"],
      ["fast", true, "ord_1"],
    ]);
  });

  it("an error reaches the emitter, whose transaction rolls back, and later handlers do not run", async () => {
    const facts = make();
    let later = 0;
    facts.on("order.paid", async () => {
      throw new Error("no licence left");
    });
    facts.on("order.paid", async () => void later++);
    await expect(facts.emit({ id: 1 }, "order.paid", { orderId: "ord_1" })).rejects.toThrow("no licence left");
    expect(later).toBe(0);
  });

  it("nobody listening is no error, and a handler wired meanwhile hears the next one", async () => {
    const facts = make();
    let heard = 0;
    await facts.emit({ id: 1 }, "order.paid", { orderId: "ord_1" });
    facts.on("order.paid", async () => {
      facts.on("order.paid", async () => void heard++);
    });
    await facts.emit({ id: 1 }, "order.paid", { orderId: "ord_1" });
    expect(heard).toBe(0);
    await facts.emit({ id: 1 }, "order.paid", { orderId: "ord_1" });
    expect(heard).toBe(1);
  });
});
