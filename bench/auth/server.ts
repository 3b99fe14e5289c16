/** The reference server in a process of its own, as `npm start` runs it, on an empty database. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../../apps/server/src/main.ts", import.meta.url));

export interface BenchServer {
  readonly url: string;
  post(path: string, body: object): Promise<Response>;
  stop(): Promise<void>;
}

/** @param folder an empty one, which the server also runs in */
export async function startServer(folder: string, databaseUrl: string): Promise<BenchServer> {
  const child = spawn(process.execPath, ["--conditions=source", main], {
    cwd: folder,
    env: {
      PATH: process.env["PATH"],
      DATABASE_URL: databaseUrl,
      PORT: "0",
      STRIPE_EMULATOR_PORT: "0",
      RATE_LIMIT_PER_MINUTE: "0",
      LOG_LEVEL: "silent",
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exit = once(child, "exit");
  const url = await new Promise<string>((resolve, reject) => {
    let printed = "";
    child.stdout.on("data", (text: Buffer) => {
      printed += text;
      const found = /RevOps is ready\s+(\S+)\/api\/v1/.exec(printed)?.[1];
      if (found !== undefined) resolve(`${found}/api/v1`);
    });
    exit.then(([code]) => reject(new Error(`The server ended with ${code}: ${printed}`)));
  });
  return {
    url,
    post: (path, body) =>
      fetch(url + path, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      }),
    async stop() {
      child.kill("SIGTERM");
      await exit;
    },
  };
}
