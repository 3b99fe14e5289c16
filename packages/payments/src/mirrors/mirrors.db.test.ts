import { migrate, openDatabase } from "@revops/database";
import { forEachDatabase } from "@revops/testing/vitest";
import { expect, onTestFinished, test } from "vitest";
import { paymentsMigrations } from "../index.ts";
import { createMirrors, type ReadMirror } from "./mirrors.ts";

const allReadBy = (read: ReadMirror) => ({
  customer: read,
  payment_method: read,
  payment_intent: read,
  setup_intent: read,
  subscription: read,
  invoice: read,
  dispute: read,
  transfer: read,
  account: read,
  checkout_session: read,
});

forEachDatabase("mirrors", (open) => {
  test("answers that arrive late or out of order never move a mirror backwards, and the last state wins", async () => {
    const { url } = await open();
    const database = openDatabase({ url });
    onTestFinished(() => database.close());
    await migrate(database, [paymentsMigrations]);
    // Stripe's object: its state counts up while answers are on their way, some for longer than others.
    let state = 0;
    const applied: number[] = [];
    const read: ReadMirror = async () => {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 10));
      const seen = state;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 30));
      return async () => void applied.push(seen);
    };
    const readers = allReadBy(read);
    const instances = [createMirrors({ database, readers }), createMirrors({ database, readers })] as const;
    const settled: number[] = [];
    const work = Array.from({ length: 40 }, async (_, n) => {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 400));
      state++;
      await instances[n % 2 === 0 ? 0 : 1].sync({ kind: "invoice", id: "in_1" }, async () => void settled.push(n));
    });
    await Promise.all(work);
    expect(settled).toHaveLength(40);
    expect(applied).toEqual(applied.toSorted((a, b) => a - b));
    expect(applied.at(-1)).toBe(40);
  });

  test("an answer that cannot be applied leaves the question open for the next", async () => {
    const { url } = await open();
    const database = openDatabase({ url });
    onTestFinished(() => database.close());
    await migrate(database, [paymentsMigrations]);
    const applied: string[] = [];
    const read: ReadMirror = async () => async () => void applied.push("applied");
    const readers = allReadBy(read);
    const mirrors = createMirrors({ database, readers });
    const target = { kind: "invoice", id: "in_1" } as const;
    const failing = mirrors.sync(target, () => Promise.reject(new Error("a handler of a fact failed")));
    await expect(failing).rejects.toThrow("a handler of a fact failed");
    await mirrors.sync(target);
    expect(applied).toEqual(["applied"]);
  });
});
