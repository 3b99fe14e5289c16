/** Bytes that never become a request. */
import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, request } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { guardConnections } from "@revops/api";
import { expect, onTestFinished, test } from "vitest";

/** Sends bytes, and more of them a moment later; reads until the server ends the connection. */
async function exchange(bytes: string, ...later: string[]): Promise<{ head: string; body: Record<string, unknown> }> {
  const server = guardConnections(createServer((_request, response) => response.end("{}")));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.write(bytes);
  for (const more of later) {
    await new Promise((resume) => setTimeout(resume, 20));
    socket.write(more);
  }
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
  [
    "an expectation that nobody knows",
    "POST / HTTP/1.1\r\nHost: a\r\nExpect: a-miracle\r\nContent-Length: 2\r\n\r\n{}",
    417,
    "expectation_failed",
  ],
  ["a way through", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", 405, "method_not_allowed"],
  ["a header with a NUL", "GET / HTTP/1.1\r\nHost: a\r\nX-Odd: a\u0000b\r\n\r\n", 400, "invalid_request"],
])("%s: a problem, and the connection ends", async (_what, bytes, status, code) => {
  const { head, body } = await exchange(bytes);
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(head).toContain("application/problem+json");
  expect(head).toContain(`X-Request-Id: ${body["requestId"]}`);
  expect(head).toContain("Connection: close");
  expect(body).toMatchObject({ status, code, requestId: expect.stringMatching(/^req_/) });
});

const piece = "a".repeat(16_000);
const start = `GET / HTTP/1.1\r\nHost: a\r\nX-Long: ${piece}${piece}`;

/** Sends bytes to a server whose route waits for its body, as most do. */
async function toldAsItReads(bytes: string, requestTimeout = 60_000): Promise<unknown> {
  const server = createServer({ connectionsCheckingInterval: 20 }, async (request, response) => {
    await request.toArray().catch(() => undefined);
    response.end("{}");
  });
  guardConnections(server).listen(0, "127.0.0.1");
  server.requestTimeout = requestTimeout;
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.write(`POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${bytes}`);
  let answer = "";
  for await (const chunk of socket) answer += chunk;
  const [head = "", body = ""] = answer.split("\r\n\r\n", 2);
  return [head.split("\r\n", 1)[0], JSON.parse(body).code];
}

test("chunks that are none, and a body that does not end in time: a problem, where a route still reads them", async () => {
  const noChunk = await toldAsItReads("2\r\n{}\r\nZZ\r\n");
  expect(noChunk).toEqual(["HTTP/1.1 400 Bad Request", "invalid_request"]);
  expect(await toldAsItReads("2\r\n{}\r\n", 40)).toEqual(["HTTP/1.1 408 Request Timeout", "request_timeout"]);
});

test("what follows a request that is whole gets no answer in the place of that request's", async () => {
  let answer = () => {};
  const server = createServer((_request, response) => {
    answer = () => void response.end("{}");
  });
  guardConnections(server).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n\u0016\u0003no HTTP\r\n\r\n");
  let heard = "";
  socket.on("data", (chunk: Buffer) => (heard += chunk.toString()));
  await once(socket, "close");
  answer();
  expect(heard).toBe("");
});

test("headers that go on while they are refused: the answer arrives all the same", async () => {
  const { head, body } = await exchange(start, piece.repeat(100), piece.repeat(100), "\r\n\r\n");
  expect(head).toMatch(/^HTTP\/1.1 431 /);
  expect(body).toMatchObject({ code: "headers_too_large" });
});

test("headers that are too long for a connection that was answered before are answered too", async () => {
  const server = guardConnections(createServer((_request, response) => response.end("{}")));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => {
    agent.destroy();
    server.close();
  });
  const ask = async (headers: Record<string, string>) => {
    const [response] = (await once(request({ port, host: "127.0.0.1", agent, headers }).end(), "response")) as [
      IncomingMessage,
    ];
    const { localPort } = response.socket;
    let body = "";
    for await (const chunk of response) body += chunk;
    return { status: response.statusCode, body: JSON.parse(body), localPort };
  };
  const first = await ask({});
  const second = await ask({ "x-long": "a".repeat(65_536) });
  expect([first.status, second.status]).toEqual([200, 431]);
  expect(second).toMatchObject({ body: { code: "headers_too_large" }, localPort: first.localPort });
  expect((await ask({})).status).toBe(200);
});

test("who is refused and goes on sending is cut off in the end", async () => {
  const server = guardConnections(createServer((_request, response) => response.end("{}")));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  // One that does not end though it was answered.
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true }).on("error", () => undefined);
  socket.write(start);
  const sending = setInterval(() => socket.write(piece), 20);
  onTestFinished(() => clearInterval(sending));
  socket.resume();
  await new Promise((resume) => socket.once("close", resume));
});
