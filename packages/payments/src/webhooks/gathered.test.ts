import { AsyncLocalStorage } from "node:async_hooks";
import { expect, test } from "vitest";
import { gathered } from "./gathered.ts";

const turn = () => new Promise((resolve) => setTimeout(resolve, 1));

test("what arrives while a group is written is in the next one, each with its own answer", async () => {
  const groups: number[][] = [];
  const store = gathered(async (items: readonly number[]) => {
    groups.push([...items]);
    await turn();
    return items.map((n) => n * 10);
  }, 1);
  expect(await Promise.all([1, 2, 3].map(store))).toEqual([10, 20, 30]);
  expect(await store(4)).toBe(40);
  expect(groups).toEqual([[1], [2, 3], [4]]);
});

test("one that cannot be written fails alone", async () => {
  const written: number[] = [];
  const store = gathered(async (items: readonly number[]) => {
    await turn();
    if (items.includes(3)) throw new Error("bad");
    written.push(...items);
    return items;
  }, 1);
  const results = await Promise.allSettled([1, 2, 3, 4].map(store));
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
  expect(written).toEqual([1, 2, 4]);
  expect(await store(5)).toBe(5);
});

test("a hundred at most are one group", async () => {
  const sizes: number[] = [];
  const store = gathered(async (items: readonly number[]) => {
    sizes.push(items.length);
    await turn();
    return items;
  }, 1);
  await Promise.all(Array.from({ length: 251 }, (_, n) => store(n)));
  expect(sizes).toEqual([1, 100, 100, 50]);
});

test("where there may be several at once, nobody waits for another's", async () => {
  const sizes: number[] = [];
  const store = gathered(async (items: readonly number[]) => {
    sizes.push(items.length);
    await turn();
    return items;
  }, 2);
  await Promise.all([1, 2, 3, 4].map(store));
  expect(sizes).toEqual([1, 1, 2]);
});

test("a group is written outside of the context of whoever came first", async () => {
  const context = new AsyncLocalStorage<string>();
  const seen: (string | undefined)[] = [];
  const store = gathered(async (items: readonly number[]) => {
    seen.push(context.getStore());
    await turn();
    return items;
  }, 1);
  await Promise.all([context.run("first", () => store(1)), context.run("second", () => store(2))]);
  expect(seen).toEqual([undefined, undefined]);
});
