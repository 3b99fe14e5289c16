import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { parseOptions } from "@node-rs/argon2";
import { expect, test } from "vitest";
import { createArgon2 } from "./argon2.ts";
import { createTurns } from "./turns.ts";

test("argon2id with the parameters of OWASP and a salt of its own each time", async () => {
  const argon2 = createArgon2(2);
  const [first, second] = await Promise.all([argon2.hash("correct horse"), argon2.hash("correct horse")]);
  expect(first).not.toBe(second);
  expect(first).toMatch(/^\$argon2id\$v=19\$/);
  expect(parseOptions(first)).toMatchObject({ memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 });
  expect(await argon2.verify(first, "correct horse")).toBe(true);
  expect(await argon2.verify(first, "correct horsf")).toBe(false);
});

test("a password is not cut off where another hash would cut it (bcrypt: 72 bytes)", async () => {
  const argon2 = createArgon2(2);
  const hash = await argon2.hash(`${"x".repeat(1_000)}a`);
  expect(await argon2.verify(hash, `${"x".repeat(1_000)}b`)).toBe(false);
});

test("nobody's password costs the same work as somebody's", async () => {
  const argon2 = createArgon2(1);
  const hash = await argon2.hash("correct horse");
  const median = async (stored: string | null) => {
    const times: number[] = [];
    for (let i = 0; i < 15; i++) {
      const started = process.cpuUsage();
      expect(await argon2.verify(stored, "wrong horse")).toBe(false);
      const used = process.cpuUsage(started);
      times.push(used.user + used.system);
    }
    return times.sort((a, b) => a - b)[7] ?? 0;
  };
  // Processor time, which a busy machine does not stretch. Without the work it would be a hundredth.
  const ratio = (await median(null)) / (await median(hash));
  expect(ratio).toBeGreaterThan(0.5);
  expect(ratio).toBeLessThan(2);
});

test("a crowd at the door neither gets in at once nor is forgotten", async () => {
  const turn = createTurns(2);
  let inside = 0;
  let most = 0;
  const order: number[] = [];
  const work = (n: number) => async () => {
    most = Math.max(most, ++inside);
    await new Promise((resume) => setTimeout(resume, 1));
    inside--;
    order.push(n);
    if (n === 3) throw new Error("this one fails");
    return n;
  };
  const results = await Promise.allSettled(Array.from({ length: 20 }, (_, n) => turn(work(n))));
  expect(most).toBe(2);
  expect(order.toSorted((a, b) => a - b)).toHaveLength(20);
  expect(results.filter(({ status }) => status === "rejected")).toHaveLength(1);
});

test("the event loop goes on while many passwords are hashed", async () => {
  const argon2 = createArgon2();
  let turns = 0;
  const loop = setInterval(() => turns++, 1);
  const started = performance.now();
  await Promise.all(Array.from({ length: 12 }, () => argon2.hash("correct horse")));
  clearInterval(loop);
  // In one piece it would be a single turn after all of them.
  expect(turns).toBeGreaterThan(((performance.now() - started) / 1_000) * 20);
});

/**
 * A process that others come before, with a thread of ours: what its answer begins with (what a process prints is
 * searched for hashes), and how nice each thread of the process is.
 */
const nicerProcess = `
  const { readdirSync, readFileSync } = require("node:fs");
  const { Worker } = require("node:worker_threads");
  require("node:os").setPriority(10);
  new Worker(new URL(process.argv[1])).on("message", ({ result }) => {
    const stats = readdirSync("/proc/self/task").map((task) => readFileSync("/proc/self/task/" + task + "/stat", "utf8"));
    // The nineteenth, and two are before the parenthesis: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    const priorities = stats.map((stat) => Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[16]));
    console.log(JSON.stringify({ algorithm: result.split("$")[1], priorities }));
    process.exit();
  }).postMessage({ password: "correct horse", parameters: {} });`;

test.runIf(process.platform === "linux")(
  "in a process that is nicer still, a thread works and is no less nice",
  async () => {
    const script = new URL("./argon2-thread.ts", import.meta.url).href;
    const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=source", "-e", nicerProcess, script]);
    const { algorithm, priorities } = JSON.parse(stdout) as { algorithm: string; priorities: number[] };
    expect(algorithm).toBe("argon2id");
    expect(Math.min(...priorities.filter((nice) => nice !== 0))).toBe(10);
  },
);
