/** Makes the load, in a process of its own so that it takes nothing from the server's: `load.ts <LoadRequest as JSON>`. */
import autocannon from "autocannon";

export interface LoadRequest {
  readonly url: string;
  readonly connections: number;
  readonly seconds: number;
  readonly keys: readonly string[];
  readonly listings: readonly string[];
}

export interface LoadResult {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly requests: number;
  /** What making a request took of the processor, in this process. */
  readonly loadMicroseconds: number;
}

const { url, connections, seconds, keys, listings }: LoadRequest = JSON.parse(process.argv[2] ?? "");
/** Each connection goes through some keys and listings of its own, so that no two ask in one order. */
const perConnection = 50;

let begun = 0;
const before = process.cpuUsage();
const { requests, latency, non2xx, errors } = await autocannon({
  url,
  connections,
  duration: seconds,
  setupClient(client) {
    const first = perConnection * begun++;
    client.setRequests(
      Array.from({ length: perConnection }, (_, n) => ({
        method: "GET" as const,
        path: `/api/v1/marketplace/packages/${listings[(first * 7 + n) % listings.length]}`,
        headers: { "x-api-key": keys[(first + n) % keys.length] },
      })),
    );
  },
});
if (non2xx + errors > 0) throw new Error(`${non2xx} answers were no success, ${errors} requests failed.`);
const { user, system } = process.cpuUsage(before);
const result: LoadResult = {
  perSecond: requests.average,
  p50: latency.p50,
  p99: latency.p99,
  requests: requests.total,
  loadMicroseconds: (user + system) / requests.total,
};
console.log(JSON.stringify(result));
