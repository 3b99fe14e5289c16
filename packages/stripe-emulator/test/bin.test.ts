import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { sdk, startReceiver, startWorld } from "./world.ts";

function start(...options: string[]) {
  const bin = fileURLToPath(new URL("../src/bin.ts", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=source", bin, ...options]);
  onTestFinished(() => void child.kill("SIGKILL"));
  let out = "";
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const ended = once(child, "close").then(([code]) => ({ code: code as number, out, errors }));
  const port = once(child.stdout, "data").then(() => Number(/127\.0\.0\.1:(\d+)/.exec(out)?.[1]));
  return { child, ended, port };
}

test.each(["SIGINT", "SIGTERM"] as const)("the command serves until %s, then ends with 0", async (signal) => {
  const { child, ended, port } = start("--port", "0");
  const stripe = sdk(await port);
  expect((await stripe.customers.create()).object).toBe("customer");
  child.kill(signal);
  expect(await ended).toMatchObject({ code: 0, errors: "" });
});

test("it begins with a seed, at a time, and posts what connected accounts do", async () => {
  const folder = mkdtempSync(join(tmpdir(), "emulator-bin-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const seed = join(folder, "seed.json");
  writeFileSync(seed, JSON.stringify({ fixtures: [{ name: "ada", path: "/v1/customers", params: { name: "Ada" } }] }));
  const receiver = await startReceiver();
  const { child, ended, port } = start(
    ...["--port", "0", "--seed", seed, "--clock", "2099-01-31T12:00:00Z", "--connect-webhook", receiver.url],
  );
  const stripe = sdk(await port);
  expect((await stripe.customers.list()).data).toMatchObject([{ name: "Ada" }]);
  await expect
    .poll(async () => (await stripe.customers.create()).created, { timeout: 20_000 })
    .toBeGreaterThan(4_073_500_000);
  await stripe.accounts.create({ type: "express" });
  await expect.poll(() => receiver.bodies[0]?.body, { timeout: 20_000 }).toContain("account.updated");
  child.kill("SIGINT");
  expect((await ended).code).toBe(0);
});

test("--help says what there is", async () => {
  expect(await start("--help").ended).toMatchObject({ code: 0, out: expect.stringContaining("--webhook <url>") });
});

test("a port in use, a wrong option and a folder that is not there: a sentence each, and no stack", async () => {
  const world = await startWorld();
  const cases = [
    [["--port", String(world.emulator.port)], "Name another port with --port"],
    [["--port", "abc"], "--port must be a number from 0 to 65535, not abc"],
    [["--prot", "1"], "--prot"],
    [["--seed", "/no/such/seed.json"], "--seed /no/such/seed.json"],
    [["--clock", "tomorrow"], "--clock must be a time"],
    [["--clock", "2001-01-01T00:00:00Z", "--port", "0"], "only moves forward"],
    [["--port", "0", "--file", `${tmpdir()}/no/such/folder/state.db`], "directory does not exist"],
  ] as const;
  await Promise.all(
    cases.map(async ([options, sentence]) => {
      const { code, errors } = await start(...options).ended;
      expect({ code, errors }).toEqual({ code: 1, errors: expect.stringContaining(sentence) });
      expect(errors).not.toMatch(/^\s+at /m);
    }),
  );
}, 60_000);
