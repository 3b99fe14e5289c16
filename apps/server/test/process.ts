/** The server as a process of its own, started as `npm start` starts it, but from its source. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

export interface ServerProcess {
  readonly child: ChildProcess;
  /** Everything it has printed so far. */
  output(): string;
  /** Resolves with the address once it serves; rejects with what it printed when it ends before. */
  ready(): Promise<string>;
  /** Resolves with the exit code, null when it was killed. */
  ended(): Promise<number | null>;
}

export async function dataFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "revops-process-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * Makes the process write down the Stripe calls its emulator receives (scripts/stripe-schemas), what it prints and the
 * secrets it makes (scripts/test-logs), as in the rest of the run.
 */
const recording = {
  NODE_OPTIONS: process.env["NODE_OPTIONS"],
  REVOPS_STRIPE_CALLS: process.env["REVOPS_STRIPE_CALLS"],
  REVOPS_TEST_LOGS: process.env["REVOPS_TEST_LOGS"],
};

/** `cwd` is elsewhere than the checkout, whose `.env` is none of a test's business. */
export function startProcess(environment: Record<string, string>, cwd = tmpdir()): ServerProcess {
  const child = spawn(process.execPath, ["--conditions=source", main], {
    cwd,
    env: { PATH: process.env["PATH"], ...recording, STRIPE_EMULATOR_PORT: "0", LOG_LEVEL: "warn", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text: Buffer) => (printed += text.toString()));
  const exit = once(child, "exit").then(([code]) => code as number | null);
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await exit;
  });
  return {
    child,
    output: () => printed,
    ended: () => exit,
    ready: () =>
      new Promise((resolve, reject) => {
        const look = () => {
          const url = /RevOps is ready\s+(\S+)\/api\/v1/.exec(printed)?.[1];
          if (url !== undefined && printed.includes("Ctrl-C")) resolve(url);
        };
        child.stdout.on("data", look);
        exit.then((code) => reject(new Error(`The server ended with ${code}: ${printed}`)));
      }),
  };
}
