/** Whether log-ins hold up everything else: `/health` of the reference server while 500 people sign in over HTTP. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { median } from "./compare.ts";
import { startServer } from "./server.ts";

const logins = 500;
const idleMs = 5_000;
/** Until a server is as fast as it will be, and has nothing left to do of its start. */
const warmUpMs = 5_000;
const rounds = 3;

export async function measureLogins(folder: string, databaseUrl: string, name: string): Promise<void> {
  const server = await startServer(folder, databaseUrl);
  const credentials = { email: "ada@example.com", password: "correct horse battery" };
  await server.post("/auth/register", credentials);

  const asker = fork(new URL("./asker.ts", import.meta.url), [`${server.url}/health`]);
  await once(asker, "message");
  const p99 = async (work: () => Promise<unknown>) => {
    asker.send("begin");
    await work();
    asker.send("end");
    const [milliseconds] = await once(asker, "message");
    return Number(milliseconds);
  };
  const login = async () => {
    const { status } = await server.post("/auth/login", credentials);
    if (status !== 200) throw new Error(`A log-in was answered with ${status}.`);
  };
  await p99(() => Promise.all([sleep(warmUpMs), ...Array.from({ length: 20 }, login)]));
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const idle = await p99(() => sleep(idleMs));
    const started = performance.now();
    const busy = await p99(() => Promise.all(Array.from({ length: logins }, login)));
    const seconds = ((performance.now() - started) / 1_000).toFixed(1);
    ratios.push(busy / idle);
    console.log(
      `${name}: ${logins} log-ins at once, ${seconds} s; p99 of /health ${idle.toFixed(2)} ms idle, ${busy.toFixed(2)} ms meanwhile, ${(busy / idle).toFixed(1)} ×`,
    );
  }
  console.log(`  median ${median(ratios).toFixed(1)} ×`);
  asker.kill();
  await server.stop();
}
