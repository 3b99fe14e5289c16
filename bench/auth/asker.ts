/** Asks for a page every few milliseconds between `begin` and `end`, and answers with the 99th percentile. */
import { Agent, get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";

const agent = new Agent({ keepAlive: true });
let times: number[] = [];
let asking = false;

parentPort?.on("message", (what) => {
  if (what === "begin") {
    times = [];
    asking = true;
    void ask();
    return;
  }
  asking = false;
  times.sort((a, b) => a - b);
  parentPort?.postMessage(times[Math.floor(times.length * 0.99)]);
});

async function ask(): Promise<void> {
  while (asking) {
    const started = performance.now();
    await new Promise<void>((resolve, reject) => {
      get(workerData, { agent }, (response) => response.resume().on("end", resolve)).on("error", reject);
    });
    times.push(performance.now() - started);
    await sleep(5);
  }
}
