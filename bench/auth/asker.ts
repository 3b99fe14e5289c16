/**
 * Asks for a page every few milliseconds between `begin` and `end`, and answers with what each request took. A process of its
 * own, as whoever looks at a server from outside is: what the log-ins cost their client must not be in its time.
 */
import { Agent, get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

const [url = ""] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true });
let times: number[] = [];
let round = 0;

process.on("message", (what) => {
  if (what === "begin") {
    times = [];
    void ask(++round);
    return;
  }
  round++;
  process.send?.(times);
});
process.send?.("up");

/** Ends with its round, or the next one would have two of them. */
async function ask(own: number): Promise<void> {
  while (round === own) {
    const started = performance.now();
    await new Promise<void>((resolve, reject) => {
      get(url, { agent }, (response) => response.resume().on("end", resolve)).on("error", reject);
    });
    times.push(performance.now() - started);
    await sleep(5);
  }
}
