/**
 * Whether log-ins hold up everything else: `/health` of the reference server while 500 people sign in over HTTP, beside the same
 * server left alone. A p99 of five seconds is made by a handful of requests, so one round says little: idle and busy take turns,
 * each round is told, and what counts is the median of their ratios. The p99 of all rounds together stands beside it.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { median } from "./compare.ts";
import { startServer } from "./server.ts";

const logins = 500;
/** As long as the log-ins take where nothing else runs: as many requests make either p99. */
const idleMs = 5_000;
/** Until a server is as fast as it will be, and has nothing left to do of its start. */
const warmUpMs = 5_000;

export async function measureLogins(folder: string, databaseUrl: string, name: string, rounds: number): Promise<void> {
  const server = await startServer(folder, databaseUrl);
  const credentials = { email: "ada@example.com", password: "correct horse battery" };
  await server.post("/auth/register", credentials);

  const asker = fork(new URL("./asker.ts", import.meta.url), [`${server.url}/health`]);
  await once(asker, "message");
  /** What requests took meanwhile, in milliseconds. */
  const timesDuring = async (work: () => Promise<unknown>): Promise<number[]> => {
    asker.send("begin");
    await work();
    asker.send("end");
    const [times] = await once(asker, "message");
    return times;
  };
  const login = async () => {
    const { status } = await server.post("/auth/login", credentials);
    if (status !== 200) throw new Error(`A log-in was answered with ${status}.`);
  };
  await timesDuring(() => Promise.all([sleep(warmUpMs), ...Array.from({ length: 20 }, login)]));
  const idle: number[][] = [];
  const busy: number[][] = [];
  for (let round = 1; round <= rounds; round++) {
    idle.push(await timesDuring(() => sleep(idleMs)));
    const started = performance.now();
    busy.push(await timesDuring(() => Promise.all(Array.from({ length: logins }, login))));
    const seconds = ((performance.now() - started) / 1_000).toFixed(1);
    console.log(
      `${name}, round ${round}: ${logins} log-ins at once, ${seconds} s; ${beside(idle.at(-1), busy.at(-1))}`,
    );
  }
  const ratios = busy.map((times, round) => p99(times) / p99(idle[round]));
  console.log(`  median ${median(ratios).toFixed(1)} ×; all rounds together: ${beside(idle.flat(), busy.flat())}`);
  asker.kill();
  await server.stop();
}

function beside(idle: readonly number[] | undefined, busy: readonly number[] | undefined): string {
  const [quiet, meanwhile] = [p99(idle), p99(busy)];
  return `p99 of /health ${quiet.toFixed(2)} ms idle, ${meanwhile.toFixed(2)} ms meanwhile, ${(meanwhile / quiet).toFixed(1)} ×`;
}

function p99(times: readonly number[] = []): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? Number.NaN;
}
