/** Stands between payments and Stripe and does what networks do. */
import { createServer, request as forward, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/**
 * `pass`; `refuse`: the request never arrives; `lose`: it is carried out and the answer is lost; `fail`: what is written
 * is carried out and answered with a 500, while reading works.
 */
export type Weather = "pass" | "refuse" | "lose" | "fail";

export interface StripeProxy {
  readonly url: string;
  weather: Weather;
  leadTo(target: string): void;
  /** Does something once that many more writes were carried out, before the last of them is answered. */
  whenWritten(count: number, act: () => void): Promise<void>;
  /** What was to be written, in order: method, path and idempotency key. */
  readonly requests: string[];
  /** What was read, in order: the path with its query. */
  readonly reads: string[];
}

export async function startProxy(): Promise<StripeProxy> {
  let target = "";
  let left = 0;
  let reached = () => {};
  const countDown = () => {
    left--;
    if (left === 0) reached();
  };
  const server = createServer(async (request, response) => {
    const body: Buffer[] = [];
    for await (const chunk of request) body.push(chunk);
    const writes = request.method !== "GET";
    const key = request.headers["idempotency-key"];
    if (writes) proxy.requests.push(`${request.method} ${request.url} ${key ?? "without a key"}`);
    else proxy.reads.push(request.url ?? "");
    if (proxy.weather === "refuse") return void request.socket.destroy();
    const answer = await send(target, request, Buffer.concat(body));
    if (writes) countDown();
    if (proxy.weather === "lose") return void request.socket.destroy();
    if (writes && proxy.weather === "fail") {
      response.writeHead(500, { "content-type": "application/json" });
      return void response.end('{"error":{"type":"api_error","message":"Something went wrong."}}');
    }
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => void server.close(() => resolve()));
  });
  // A TCP server's address is an object.
  const { port } = server.address() as AddressInfo;
  const proxy: StripeProxy = {
    url: `http://127.0.0.1:${port}`,
    weather: "pass",
    requests: [],
    reads: [],
    leadTo(url) {
      target = url;
    },
    whenWritten(count, act) {
      left = count;
      return new Promise((resolve) => {
        reached = () => {
          act();
          resolve();
        };
      });
    },
  };
  return proxy;
}

function send(target: string, { method, url, headers }: IncomingMessage, body: Buffer) {
  return new Promise<{ status: number; headers: IncomingMessage["headers"]; body: Buffer }>((resolve, reject) => {
    const outgoing = forward(new URL(url ?? "/", target), { method, headers }, async (answer) => {
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk);
      resolve({ status: answer.statusCode ?? 502, headers: answer.headers, body: Buffer.concat(chunks) });
    });
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}
