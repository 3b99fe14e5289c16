/** A real Redis for a test: the system's `redis-server`, on a port of its own, keeping nothing. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { freePort } from "../ports/free-port.ts";

export interface RedisServer {
  readonly url: string;
  /** Ends it; nothing that it held is kept. */
  stop(): Promise<void>;
  /** Starts it again at the same address, empty. */
  start(): Promise<void>;
}

const patienceMs = 10_000;

/**
 * Starts one.
 * @returns null on a machine without the program `redis-server`: the caller skips loudly
 * @example
 * const redis = await startRedis();
 * test.skipIf(redis === null)("limits are shared", …);
 */
export async function startRedis(): Promise<RedisServer | null> {
  const port = await freePort();
  let server = await serve(port);
  if (server === null) return null;
  return {
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      const ending = server;
      server = null;
      if (ending === null || ending.exitCode !== null) return;
      const ended = once(ending, "exit");
      ending.kill("SIGKILL");
      await ended;
    },
    async start() {
      server ??= await serve(port);
    },
  };
}

async function serve(port: number) {
  const child = spawn(
    "redis-server",
    ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
    {
      stdio: "ignore",
    },
  );
  // Whatever becomes of the test, no server is left behind.
  const end = () => void child.kill("SIGKILL");
  process.once("exit", end);
  child.once("exit", () => process.off("exit", end));
  const missing = once(child, "error").then(() => "missing" as const);
  const deadline = Date.now() + patienceMs;
  while (Date.now() < deadline) {
    if ((await Promise.race([missing, listens(port)])) === "missing") return null;
    if (await listens(port)) return child;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  end();
  throw new Error(`redis-server did not listen on port ${port} within ${patienceMs / 1000} s.`);
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
