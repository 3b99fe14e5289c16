import { expect, onTestFinished, test, vi } from "vitest";
import { within } from "./within.ts";

test("what is there in time is given, and no timer stays, whichever way the work ends", async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  expect(await within(100, async () => "there")).toBe("there");
  expect(vi.getTimerCount()).toBe(0);
  await expect(within(100, async () => Promise.reject(new Error("refused")))).rejects.toThrow("refused");
  expect(vi.getTimerCount()).toBe(0);
  const throwing = within(100, () => {
    throw new Error("at once");
  });
  await expect(throwing).rejects.toThrow("at once");
  expect(vi.getTimerCount()).toBe(0);
});

test("what hangs is given up when the time is over", async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const hanging = expect(within(100, () => new Promise(() => {}))).rejects.toThrow("No answer in time.");
  await vi.advanceTimersByTimeAsync(100);
  await hanging;
});
