/** Whatever ends a process, its lines are there. In processes of their own, whose standard output is a pipe. */
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

const logger = new URL("./logger.ts", import.meta.url).href;

function linesOf(end: string): string[] {
  const script = `
    import { createLogger } from ${JSON.stringify(logger)};
    const logger = createLogger({ logLevel: "info" });
    for (const n of [1, 2, 3]) logger.info({}, "line " + n);
    ${end}`;
  const args = ["--conditions=source", "--input-type=module", "--eval", script];
  const { stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).msg);
}

const lines = ["line 1", "line 2", "line 3"];

test.each([
  ["an end by itself", ""],
  ["process.exit", "process.exit(0);"],
  ["an error that nobody caught", 'throw new Error("lost");'],
])("%s loses no line", (_what, end) => {
  expect(linesOf(end)).toEqual(lines);
});

test("an error is written at once, with the lines before it: not even a kill loses them", () => {
  expect(linesOf('logger.error({}, "failed"); process.kill(process.pid, "SIGKILL");')).toEqual([...lines, "failed"]);
});

test("a line that nothing follows is written soon", () => {
  const end = 'setTimeout(() => process.kill(process.pid, "SIGKILL"), 1_000);';
  expect(linesOf(end)).toEqual(lines);
});
