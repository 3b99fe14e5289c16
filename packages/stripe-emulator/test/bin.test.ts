import { spawn } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { sdk, startWorld } from "./world.ts";

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

test("--help says what there is", async () => {
  expect(await start("--help").ended).toMatchObject({ code: 0, out: expect.stringContaining("--webhook <url>") });
});

test("a port in use, a wrong option and a folder that is not there: a sentence each, and no stack", async () => {
  const world = await startWorld();
  for (const [options, sentence] of [
    [["--port", String(world.emulator.port)], "Name another port with --port"],
    [["--port", "abc"], "--port must be a number from 0 to 65535, not abc"],
    [["--prot", "1"], "--prot"],
    [["--port", "0", "--file", `${tmpdir()}/no/such/folder/state.db`], "directory does not exist"],
  ] as const) {
    const { code, errors } = await start(...options).ended;
    expect({ code, errors }).toEqual({ code: 1, errors: expect.stringContaining(sentence) });
    expect(errors).not.toMatch(/^\s+at /m);
  }
});
