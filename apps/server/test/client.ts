/** What the server's tests speak HTTP with: nothing of the product, only `fetch`. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";

/** A parsed answer. The contract's shapes are asserted by the tests themselves. */
// biome-ignore lint/suspicious/noExplicitAny: a black-box test reads answers as a stranger would.
type Answer = any;

export interface Client {
  get(path: string, status: number): Promise<Answer>;
  post(path: string, body: unknown, status: number): Promise<Answer>;
  put(path: string, body: unknown, status: number): Promise<Answer>;
  delete(path: string, status: number): Promise<Answer>;
  download(path: string): Promise<Buffer>;
}

/** Speaks to `<url>/api/v1` with the given headers, and fails the test when the status is another one. */
export function client(url: string, headers: Record<string, string> = {}): Client {
  const send = (method: string, path: string, body?: unknown) =>
    fetch(`${url}/api/v1${path}`, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const call = async (method: string, path: string, status: number, body?: unknown): Promise<Answer> => {
    const response = await send(method, path, body);
    const text = await response.text();
    expect(response.status, `${method} ${path}: ${text.slice(0, 500)}`).toBe(status);
    return text === "" ? null : JSON.parse(text);
  };
  return {
    get: (path, status) => call("GET", path, status),
    post: (path, body, status) => call("POST", path, status, body),
    put: (path, body, status) => call("PUT", path, status, body),
    delete: (path, status) => call("DELETE", path, status),
    async download(path) {
      const response = await send("GET", path);
      expect(response.status).toBe(200);
      return Buffer.from(await response.arrayBuffer());
    },
  };
}

/** Tries until it holds, for what webhooks bring about. */
export async function eventually(holds: () => Promise<void>, forMs = 20_000): Promise<void> {
  const end = performance.now() + forMs;
  for (;;) {
    try {
      return await holds();
    } catch (error) {
      if (performance.now() > end) throw error;
    }
    await sleep(50);
  }
}
