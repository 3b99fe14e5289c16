import { expect, test } from "vitest";
import type { Database } from "./database.ts";
import { repeated, repeating, wasRolledBackForOthers } from "./repeating.ts";

const failed = (code: string) => Object.assign(new Error(code), { code });
const wrapped = (code: string) => new Error("Failed query", { cause: new Error("again", { cause: failed(code) }) });

test.each([
  ["a deadlock", failed("40P01"), true],
  ["a serialization failure", failed("40001"), true],
  ["either of them inside the errors of others", wrapped("40P01"), true],
  ["a violated constraint", failed("23505"), false],
  ["a broken line, of which nobody knows whether it committed", wrapped("08006"), false],
  ["what is no error", "40P01", false],
])("%s: %s", (_what, error, isRepeated) => {
  expect(wasRolledBackForOthers(error)).toBe(isRepeated);
});

test("it is told which attempt it is, and its first answer is the answer", async () => {
  const attempts: number[] = [];
  const answer = await repeated(async (attempt) => {
    attempts.push(attempt);
    if (attempt < 4) throw failed("40P01");
    return `attempt ${attempt}`;
  });
  expect(answer).toBe("attempt 4");
  expect(attempts).toEqual([1, 2, 3, 4]);
});

test("five times, and then the error is the caller's", async () => {
  let attempts = 0;
  const run = repeated(async () => {
    attempts += 1;
    throw failed("40001");
  });
  await expect(run).rejects.toMatchObject({ code: "40001" });
  expect(attempts).toBe(5);
});

test("what is repeated is the caller's to say", async () => {
  let attempts = 0;
  const run = async () => {
    attempts += 1;
    throw failed("mine");
  };
  await expect(repeated(run, () => attempts < 3)).rejects.toThrow("mine");
  expect(attempts).toBe(3);
});

test("a caller's transaction is run once: what it did before is not ours to repeat", async () => {
  let transactions = 0;
  let works = 0;
  const database = {
    dialect: "postgres",
    transaction: async (work: (tx: unknown) => Promise<unknown>) => {
      transactions += 1;
      return work("own");
    },
  } as unknown as Database;
  const work = async () => {
    works += 1;
    throw failed("40P01");
  };
  await expect(repeating(database).transaction(work, "caller's" as never)).rejects.toMatchObject({ code: "40P01" });
  expect([transactions, works]).toEqual([0, 1]);
  await expect(repeating(database).transaction(work)).rejects.toMatchObject({ code: "40P01" });
  expect([transactions, works]).toEqual([5, 6]);
});
