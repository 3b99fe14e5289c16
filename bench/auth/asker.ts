/** Asks for a page every few milliseconds between `begin` and `end`, and answers with the 99th percentile. */
import { Agent, get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";

const agent = new Agent({ keepAlive: true });
let times: number[] = [];
let round = 0;

parentPort?.on("message", (what) => {
  if (what === "begin") {
    times = [];
    void ask(++round);
    return;
  }
  round++;
  times.sort((a, b) => a - b);
  parentPort?.postMessage(times[Math.floor(times.length * 0.99)]);
});

/** Ends with its round, or the next one would have two of them. */
async function ask(own: number): Promise<void> {
  while (round === own) {
    const started = performance.now();
    await new Promise<void>((resolve, reject) => {
      get(workerData, { agent }, (response) => response.resume().on("end", resolve)).on("error", reject);
    });
    times.push(performance.now() - started);
    await sleep(5);
  }
}
