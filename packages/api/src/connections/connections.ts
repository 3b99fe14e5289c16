/** What happens before there is a request: limits on headers and on time, and an answer for what is no HTTP. */
import { type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { createId, secondMs, systemClock } from "@revops/core";
import { problemType } from "../edge/write.ts";
import { apiErrors } from "../problems/errors.ts";
import { problemOf } from "../problems/problem.ts";

/** Longer than a slow phone takes for its headers, shorter than a client that trickles them in would like. */
const headersTimeoutMs = 10 * secondMs;
/** For all of a request: the largest artifact over a slow line. JSON bodies have limits of their own. */
const requestTimeoutMs = 300 * secondMs;
/** Above what load balancers keep idle connections for (60 seconds): they must not send into one that is being closed. */
const keepAliveTimeoutMs = 65 * secondMs;
/** How long who is refused may go on sending before the connection ends under them. */
const lingerMs = secondMs;

/**
 * Sets a server's limits, and has it answer problems too where it gives up before the application is asked: headers
 * over 16 KB, headers that do not end, bytes that are no HTTP, an `Expect` that it does not know, `CONNECT`.
 * @param server made with a `connectionsCheckingInterval`, or Node looks every 30 seconds only whether headers take longer than 10
 * @example
 * const options = { requireHostHeader: false, connectionsCheckingInterval: 1_000 };
 * const server = guardConnections(createServer(options, api.listener));
 */
export function guardConnections<Guarded extends Server>(server: Guarded): Guarded {
  server.headersTimeout = headersTimeoutMs;
  server.requestTimeout = requestTimeoutMs;
  server.keepAliveTimeout = keepAliveTimeoutMs;
  // The last request of each connection: while it is being answered, nothing else can be said there.
  const answering = new WeakMap<Duplex, ServerResponse>();
  server.on("request", ({ socket }, response) => void answering.set(socket, response));
  const refused = new WeakSet<Duplex>();
  server.on("clientError", ({ code }: NodeJS.ErrnoException, socket) => {
    // What follows of what is refused comes here too, piece by piece. It is read and dropped: a connection that ends with bytes
    // nobody read is reset, and the client may never see the answer.
    if (refused.has(socket) && code !== "ECONNRESET") return;
    // A fault in what a request still sends is that request's own, as long as its answer has not begun. After it, it is the next
    // one's, whose answer would be taken for the one that is still to come.
    const response = answering.get(socket);
    const isAnswering = response?.writableFinished === false && (response.headersSent || response.req.complete);
    // Who is gone hears nothing, and an answer that has begun cannot be another one.
    if (code === "ECONNRESET" || !socket.writable || isAnswering) {
      socket.destroy();
      return;
    }
    refused.add(socket);
    refuse(reasonOf(code), socket);
  });
  // Without these, Node answers the first with nothing but a number, and the second not at all. A body may follow.
  server.on("checkExpectation", (_request, { socket }: ServerResponse) => {
    if (!socket) return;
    refused.add(socket);
    refuse(apiErrors.expectation_failed(), socket);
  });
  server.on("connect", (_request, socket) => {
    refuse(
      apiErrors.method_not_allowed({ detail: "This is no proxy." }),
      socket.on("error", () => socket.destroy()),
    );
  });
  return server;
}

const reasons: Readonly<Record<string, () => Error>> = {
  HPE_HEADER_OVERFLOW: () => apiErrors.headers_too_large(),
  ERR_HTTP_REQUEST_TIMEOUT: () => apiErrors.request_timeout(),
};

const reasonOf = (code: string | undefined) =>
  ((code === undefined ? undefined : reasons[code]) ?? (() => apiErrors.invalid_request()))();

function refuse(reason: Error, socket: Duplex): void {
  const problem = problemOf(reason, { instance: "/", requestId: createId("req", systemClock.now()) });
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    `Content-Type: ${problemType}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${problem.requestId}`,
    "Cache-Control: no-store",
    "X-Content-Type-Options: nosniff",
    "Connection: close",
  ];
  const lingering = setTimeout(() => socket.destroy(), lingerMs);
  socket.once("close", () => clearTimeout(lingering));
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}
