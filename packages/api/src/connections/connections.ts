/** What happens before there is a request: limits on headers and on time, and an answer for what is no HTTP. */
import { type Server, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
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

/**
 * Sets a server's limits, and has it answer problems too where it gives up before the application is asked: headers
 * over 16 KB, headers that do not end, bytes that are no HTTP.
 * @example const server = guardConnections(createServer(api.listener));
 */
export function guardConnections<Guarded extends Server>(server: Guarded): Guarded {
  server.headersTimeout = headersTimeoutMs;
  server.requestTimeout = requestTimeoutMs;
  server.keepAliveTimeout = keepAliveTimeoutMs;
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => refuse(error.code, socket as Socket));
  return server;
}

const reasons: Readonly<Record<string, () => Error>> = {
  HPE_HEADER_OVERFLOW: () => apiErrors.headers_too_large(),
  ERR_HTTP_REQUEST_TIMEOUT: () => apiErrors.request_timeout(),
};

function refuse(code: string | undefined, socket: Socket): void {
  // Who is gone hears nothing, and an answer that has begun cannot be another one.
  if (code === "ECONNRESET" || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy();
    return;
  }
  const reason = (code === undefined ? undefined : reasons[code]) ?? (() => apiErrors.invalid_request());
  const problem = problemOf(reason(), { instance: "/", requestId: createId("req", systemClock.now()) });
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
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}
