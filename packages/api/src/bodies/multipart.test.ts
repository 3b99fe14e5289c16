import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { withUpload } from "./multipart.ts";

const idleMs = 50;

/** Uploads a body, and says with which code it was refused. */
async function codeOf(contentType: string, body: string | ReadableStream): Promise<unknown> {
  const refused = Promise.withResolvers<unknown>();
  const server = createServer((request, response) => {
    withUpload(request, { fileBytes: 1_000, idleMs }, async () => undefined).then(refused.resolve, refused.reject);
    refused.promise.catch(() => response.writeHead(400).end());
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void server.closeAllConnections());
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const headers = { "content-type": contentType };
  const sent = fetch(`http://127.0.0.1:${port}/`, { method: "POST", headers, body, duplex: "half" } as RequestInit);
  sent.catch(() => undefined);
  return refused.promise.then(
    () => "taken",
    ({ code }) => code,
  );
}

test("what is no form is refused, and nothing comes after that", async () => {
  expect(await codeOf("multipart/form-data; charset=utf-8", "no boundary")).toBe("invalid_request");
  // A timer that was left running would end the process.
  await pause(4 * idleMs);
});

test("a form that stops in the middle is given up", async () => {
  const stuck = new ReadableStream({
    start: (to) => to.enqueue(Buffer.from('--b\r\nContent-Disposition: form-data; name="x"\r\n')),
  });
  expect(await codeOf("multipart/form-data; boundary=b", stuck)).toBe("request_timeout");
});
