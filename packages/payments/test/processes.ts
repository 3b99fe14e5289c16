/** Real processes that are killed without warning and started again. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

export interface Victim {
  /** `kill -9`, and a new one in its place; resolves when that is ready. */
  kill(): Promise<void>;
  end(): Promise<void>;
}

/** Starts `script` of this folder, and answers when it has said `ready`. */
export async function startVictim(script: string, options: readonly string[]): Promise<Victim> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  let child: ChildProcess;
  async function start(): Promise<void> {
    child = spawn(process.execPath, ["--conditions=source", path, ...options], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (child.stdout) await Promise.race([once(child.stdout, "data"), once(child, "exit")]);
  }
  async function end(): Promise<void> {
    const ended = child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }
  await start();
  return {
    end,
    async kill() {
      await end();
      await start();
    },
  };
}
