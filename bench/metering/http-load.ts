/** Posts batches of events until all are answered: `http-load.ts <HttpLoad as JSON>`. */
import { Agent, request } from "node:http";
import { type Measured, measureCalls } from "./latency.ts";

export interface HttpLoad {
  readonly url: string;
  /** Tells the ids of this run from those of others. */
  readonly run: string;
  readonly keys: readonly string[];
  readonly requests: number;
  /** Events in each request. */
  readonly batch: number;
  readonly connections: number;
}

const { url, run, keys, requests, batch, connections }: HttpLoad = JSON.parse(process.argv[2] ?? "");
const agent = new Agent({ keepAlive: true, maxSockets: connections });
const target = new URL("/api/v1/billing/usage", url);

async function post(n: number): Promise<void> {
  const events = Array.from({ length: batch }, (_, place) => ({ id: `${run}-${n}-${place}`, operation: "api_call" }));
  const body = JSON.stringify({ events });
  const headers = {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "x-api-key": keys[n % keys.length],
  };
  const answer = await new Promise<string>((resolve, reject) => {
    const call = request(target, { method: "POST", agent, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text += part;
      });
      response.on("end", () => resolve(text));
    });
    call.on("error", reject);
    call.end(body);
  });
  if (!answer.startsWith(`{"accepted":${batch},`)) throw new Error(`Not all were accepted: ${answer}`);
}

// Requests per second, and how long one takes.
const loaded: Measured = await measureCalls(connections, requests, post);
console.log(JSON.stringify(loaded));
process.exit();
