/** Bytes that never become a request. */
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { guardConnections } from "@revops/api";
import { expect, onTestFinished, test } from "vitest";

async function exchange(bytes: string): Promise<{ head: string; body: Record<string, unknown> }> {
  const server = guardConnections(createServer((_request, response) => response.end("{}")));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.write(bytes);
  let answer = "";
  for await (const chunk of socket) answer += chunk;
  const [head = "", body = ""] = answer.split("\r\n\r\n", 2);
  return { head, body: JSON.parse(body) };
}

test.each([
  [
    "headers over 16 KB",
    `GET / HTTP/1.1\r\nHost: a\r\nX-Long: ${"a".repeat(17_000)}\r\n\r\n`,
    431,
    "headers_too_large",
  ],
  ["no HTTP", "\u0016\u0003\u0001 hello\r\n\r\n", 400, "invalid_request"],
  [
    "two lengths",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    400,
    "invalid_request",
  ],
  [
    "a length and chunks, as smugglers send",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    400,
    "invalid_request",
  ],
  ["a header with a NUL", "GET / HTTP/1.1\r\nHost: a\r\nX-Odd: a\u0000b\r\n\r\n", 400, "invalid_request"],
])("%s: a problem, and the connection ends", async (_what, bytes, status, code) => {
  const { head, body } = await exchange(bytes);
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(head).toContain("application/problem+json");
  expect(head).toContain(`X-Request-Id: ${body["requestId"]}`);
  expect(head).toContain("Connection: close");
  expect(body).toMatchObject({ status, code, requestId: expect.stringMatching(/^req_/) });
});
