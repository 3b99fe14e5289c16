/** The server's port: taken, given back, and named. */
import { createServer, type Server } from "node:http";
import { type AddressInfo, Server as NetServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

interface Place {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
}

/**
 * How a server ends that is told to, in less than ten seconds: it serves on while `/ready` says that it will not, it takes no
 * new connections but answers what comes on those it has, and then it waits for what is under way.
 */
export const lingerMs = 2_000;
export const goodbyeMs = 500;
export const drainMs = 5_000;
/** How long a connection may be idle by then, whose last request was under way when the server was told to end. */
const idleMs = 100;

/** Resolves with the port. Rejects with the system's error, such as `EADDRINUSE`. */
export function listenOn(server: Server, { port, host }: Place): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      // A TCP server's address is an object; a string would be a pipe's.
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Rejects at once when the port cannot be had, before anything that takes time is done. */
export async function assertPortFree(place: Place): Promise<void> {
  const probe = createServer();
  await listenOn(probe, place);
  await closeServer(probe);
}

/**
 * Takes no new connection, drops idle ones, and waits for what is under way, though not for ever.
 * @param patienceMs how long idle ones are kept: a request may be on its way, whose answer says that it is the last
 * @param underWayMs how long is waited for what is under way
 */
export async function closeServer(server: Server, patienceMs = 0, underWayMs = drainMs): Promise<void> {
  // Not `server.close()`, which drops idle connections at once.
  const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
  if (patienceMs > 0) await delay(patienceMs);
  server.closeIdleConnections();
  // A client keeps the connection of what was under way for its next request, and would keep the server with it.
  const dropIdle = setInterval(() => server.closeIdleConnections(), idleMs);
  const impatience = setTimeout(() => server.closeAllConnections(), underWayMs);
  await closed;
  clearInterval(dropIdle);
  clearTimeout(impatience);
}

/** Waits, but not for ever: a job that was not waited for is done by another instance when its lease ends. */
export async function atMost(ms: number, work: Promise<void>): Promise<void> {
  await Promise.race([work, delay(ms, undefined, { ref: false })]);
}

/** Where the server is reached from this machine: a wildcard is no address to go to. */
export function urlHost(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}
